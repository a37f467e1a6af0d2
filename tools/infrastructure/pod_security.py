"""The profile "restricted" of Kubernetes' Pod Security Standards, as a function of a pod's spec.

As Kubernetes describes it (concepts, security, pod security standards), for Linux.
"""

from collections.abc import Iterator, Mapping
from typing import Any

VOLUMES = {
    *("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim"),
    *("projected", "secret"),
}
SYSCTLS = {
    *(
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.ip_unprivileged_port_start",
    ),
    *("net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range", "net.ipv4.ip_local_reserved_ports"),
    *("net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl"),
    *("net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"),
}
SELINUX = ("", "container_t", "container_init_t", "container_kvm_t", "container_engine_t")
PROFILES = ("RuntimeDefault", "Localhost")
KINDS = ("initContainers", "containers", "ephemeralContainers")

Spec = Mapping[str, Any]


def faults(spec: Spec) -> Iterator[str]:
    """What the profile refuses of a pod."""
    pod = spec.get("securityContext", {})
    for name in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(name):
            yield f"{name} is true"
    for volume in spec.get("volumes", ()):
        others = set(volume) - {"name"} - VOLUMES
        if others:
            yield f"volume {volume.get('name')} is of the host or the network: {', '.join(others)}"
    for each in pod.get("sysctls", ()):
        if each.get("name") not in SYSCTLS:
            yield f"sysctl {each.get('name')} is not safe"
    yield from _shared(pod, "the pod")
    containers = [each for kind in KINDS for each in spec.get(kind, ())]
    for container in containers:
        yield from _container(container, pod)


def _container(container: Spec, pod: Spec) -> Iterator[str]:
    name = f"container {container.get('name')}"
    own = container.get("securityContext", {})
    yield from _shared(own, name)
    if own.get("privileged"):
        yield f"{name} is privileged"
    if own.get("allowPrivilegeEscalation") is not False:
        yield f"{name} may escalate privileges"
    capabilities = own.get("capabilities", {})
    if "ALL" not in capabilities.get("drop", ()):
        yield f"{name} keeps capabilities"
    if set(capabilities.get("add", ())) - {"NET_BIND_SERVICE"}:
        yield f"{name} adds capabilities"
    if own.get("runAsNonRoot", pod.get("runAsNonRoot")) is not True:
        yield f"{name} may run as root"
    seccomp = own.get("seccompProfile", pod.get("seccompProfile", {}))
    if seccomp.get("type") not in PROFILES:
        yield f"{name} has no seccomp profile"
    if own.get("procMount", "Default") != "Default":
        yield f"{name} has a /proc that is not masked"
    if any(port.get("hostPort") for port in container.get("ports", ())):
        yield f"{name} takes a port of the host"
    yield from _probed(container, name)


def _probed(container: Spec, name: str) -> Iterator[str]:
    handlers = [
        *(container.get(f"{kind}Probe", {}) for kind in ("liveness", "readiness", "startup")),
        *container.get("lifecycle", {}).values(),
    ]
    for handler in handlers:
        if any(handler.get(kind, {}).get("host") for kind in ("httpGet", "tcpSocket")):
            yield f"{name} is probed by another host"


def _shared(context: Spec, name: str) -> Iterator[str]:
    """What is refused of the security context of a pod and of a container alike."""
    if context.get("runAsUser") == 0:
        yield f"{name} runs as user 0"
    selinux = context.get("seLinuxOptions", {})
    if selinux.get("type", "") not in SELINUX or selinux.get("user") or selinux.get("role"):
        yield f"{name} sets SELinux options"
    if context.get("appArmorProfile", {}).get("type", "RuntimeDefault") not in PROFILES:
        yield f"{name} has no AppArmor profile"
    if context.get("seccompProfile", {}).get("type", "RuntimeDefault") not in PROFILES:
        yield f"{name} switches seccomp off"
    if context.get("windowsOptions", {}).get("hostProcess"):
        yield f"{name} is a process of the host"
