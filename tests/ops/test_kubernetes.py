"""The manifests hold to schemas, Pod Security and our rules, each of which finds its fault."""

import copy
import functools
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tools.infrastructure import manifests, overlays, pod_security

from tests.conftest import ROOT

KUBERNETES = ROOT / "ops/kubernetes"
NAMES = ("staging", "production", "canary")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed"),
]

Manifests = list[dict[str, Any]]


@functools.cache
def made(name: str) -> Manifests:
    return overlays.built(KUBERNETES / "overlays" / name)


def of(found: Manifests, kind: str) -> dict[str, Any]:
    """The one manifest of a kind."""
    (one,) = (each for each in found if each["kind"] == kind)
    return one


def pod(found: Manifests) -> dict[str, Any]:
    spec: dict[str, Any] = of(found, "Deployment")["spec"]["template"]["spec"]
    return spec


def container(found: Manifests) -> dict[str, Any]:
    one: dict[str, Any]
    (one,) = pod(found)["containers"]
    return one


def all_faults(found: Manifests, *, owns_namespace: bool) -> Iterator[str]:
    yield from overlays.schema_faults(found)
    yield from manifests.faults(found, owns_namespace=owns_namespace)


@pytest.mark.parametrize("name", NAMES)
def test_an_overlay_holds_to_the_rules(name: str) -> None:
    assert list(all_faults(made(name), owns_namespace=name != "canary")) == []


def test_the_canary_is_of_the_namespace_of_production_and_of_other_pods() -> None:
    stable, canary = made("production"), made("canary")
    assert {each["metadata"]["namespace"] for each in canary} == {"truerun-production"}
    names = [
        {(each["kind"], each["metadata"]["name"]) for each in found} for found in (stable, canary)
    ]
    assert not names[0] & names[1]
    selectors = [of(found, "Service")["spec"]["selector"] for found in (stable, canary)]
    labels = [
        of(found, "Deployment")["spec"]["template"]["metadata"]["labels"]
        for found in (stable, canary)
    ]
    assert not selectors[0].items() <= labels[1].items()
    assert not selectors[1].items() <= labels[0].items()
    backends = of(stable, "HTTPRoute")["spec"]["rules"][0]["backendRefs"]
    assert [each["weight"] for each in backends] == [100, 0]
    assert backends[1]["name"] == of(canary, "Service")["metadata"]["name"]


def test_it_mounts_the_keys_that_it_is_told_and_listens_where_it_is_asked() -> None:
    one = container(made("production"))
    (mount,) = one["volumeMounts"]
    keys = Path(one["args"][one["args"].index("--keys") + 1])
    assert keys.is_relative_to(mount["mountPath"])
    exposed = re.findall(r"^EXPOSE (\d+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert exposed == [str(port["containerPort"]) for port in one["ports"]]
    user = re.findall(r"^USER (\d+):(\d+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    own = pod(made("production"))["securityContext"]
    assert user == [(str(own["runAsUser"]), str(own["runAsGroup"]))]


def drop(mapping: dict[str, Any], *path: str) -> None:
    for name in path[:-1]:
        mapping = mapping[name]
    del mapping[path[-1]]


Fault = Callable[[Manifests], object]
PLANTED: dict[str, Fault] = {
    # schemas
    "readinessProb": lambda m: container(m).update(readinessProb={}),
    "is not of type 'integer'": lambda m: pod(m).update(terminationGracePeriodSeconds="long"),
    "maxReplica": lambda m: of(m, "HorizontalPodAutoscaler")["spec"].update(maxReplica=3),
    "backendRef": lambda m: of(m, "HTTPRoute")["spec"]["rules"][0].update(backendRef=[]),
    "is not one of": lambda m: of(m, "HTTPRoute")["spec"]["rules"][0]["matches"][0]["path"].update(
        type="Prefix"
    ),
    # ours
    "there are 0 of kind NetworkPolicy": lambda m: m.remove(of(m, "NetworkPolicy")),
    "there are 0 of kind PodDisruptionBudget": lambda m: m.remove(of(m, "PodDisruptionBudget")),
    "there are 0 of kind HorizontalPodAutoscaler": lambda m: m.remove(
        of(m, "HorizontalPodAutoscaler")
    ),
    "Service selects no pod": lambda m: of(m, "Service")["spec"]["selector"].update(a="b"),
    "PodDisruptionBudget selects no pod": lambda m: of(m, "PodDisruptionBudget")["spec"].update(
        selector={}
    ),
    "NetworkPolicy selects no pod": lambda m: of(m, "NetworkPolicy")["spec"].update(podSelector={}),
    "the disruption budget": lambda m: of(m, "PodDisruptionBudget")["spec"].update(
        maxUnavailable=0
    ),
    "have a token": lambda m: pod(m).pop("automountServiceAccountToken"),
    "takes a pod away": lambda m: drop(of(m, "Deployment"), "spec", "strategy", "rollingUpdate"),
    "without digest": lambda m: container(m).update(image="truerun-service:latest"),
    "may write to its root": lambda m: drop(
        container(m), "securityContext", "readOnlyRootFilesystem"
    ),
    "no limits of memory": lambda m: drop(container(m), "resources", "limits", "memory"),
    "no limits of cpu": lambda m: drop(container(m), "resources", "limits", "cpu"),
    "no requests of memory": lambda m: drop(container(m), "resources", "requests"),
    "no startupProbe": lambda m: container(m).pop("startupProbe"),
    "no readinessProbe of /readyz": lambda m: container(m)["readinessProbe"]["httpGet"].update(
        path="/healthz"
    ),
    "no livenessProbe": lambda m: container(m).pop("livenessProbe"),
    "scales something else": lambda m: of(m, "HorizontalPodAutoscaler")["spec"][
        "scaleTargetRef"
    ].update(name="other"),
    "has no range": lambda m: of(m, "HorizontalPodAutoscaler")["spec"].update(minReplicas=99),
    "sets replicas": lambda m: of(m, "Deployment")["spec"].update(replicas=2),
    "leaves a direction open": lambda m: of(m, "NetworkPolicy")["spec"].update(
        policyTypes=["Ingress"]
    ),
    "may reach others": lambda m: of(m, "NetworkPolicy")["spec"].update(egress=[{}]),
    "anyone may reach": lambda m: of(m, "NetworkPolicy")["spec"]["ingress"][0].pop("from"),
    "other ports": lambda m: of(m, "NetworkPolicy")["spec"]["ingress"][0].pop("ports"),
    "not by TLS": lambda m: of(m, "HTTPRoute")["spec"]["parentRefs"][0].update(sectionName="http"),
    "no percentages": lambda m: of(m, "HTTPRoute")["spec"]["rules"][0]["backendRefs"][0].update(
        weight=95
    ),
    "which is not there": lambda m: of(m, "HTTPRoute")["spec"]["rules"][0]["backendRefs"][0].update(
        name="servic"
    ),
    "does not enforce": lambda m: of(m, "Namespace")["metadata"].pop("labels"),
    "not of the namespace": lambda m: of(m, "Service")["metadata"].update(namespace="default"),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_every_rule_finds_its_fault(fault: str) -> None:
    found = copy.deepcopy(made("production"))
    PLANTED[fault](found)
    assert any(fault in said for said in all_faults(found, owns_namespace=True))


def own(spec: dict[str, Any], **context: Any) -> None:
    """Add to the security context of a pod's container."""
    spec["containers"][0]["securityContext"].update(context)


RESTRICTED: dict[str, Callable[[dict[str, Any]], object]] = {
    "hostNetwork is true": lambda p: p.update(hostNetwork=True),
    "hostPID is true": lambda p: p.update(hostPID=True),
    "of the host or the network": lambda p: p["volumes"].append(
        {"name": "root", "hostPath": {"path": "/"}}
    ),
    "is not safe": lambda p: p["securityContext"].update(sysctls=[{"name": "kernel.msgmax"}]),
    "the pod runs as user 0": lambda p: p["securityContext"].update(runAsUser=0),
    "container service runs as user 0": lambda p: own(p, runAsUser=0),
    "is privileged": lambda p: own(p, privileged=True),
    "may escalate privileges": lambda p: own(p, allowPrivilegeEscalation=None),
    "keeps capabilities": lambda p: own(p, capabilities={}),
    "adds capabilities": lambda p: own(p, capabilities={"drop": ["ALL"], "add": ["NET_ADMIN"]}),
    "may run as root": lambda p: own(p, runAsNonRoot=False),
    "has no seccomp profile": lambda p: p["securityContext"].pop("seccompProfile"),
    "switches seccomp off": lambda p: own(p, seccompProfile={"type": "Unconfined"}),
    "no AppArmor": lambda p: own(p, appArmorProfile={"type": "Unconfined"}),
    "sets SELinux": lambda p: own(p, seLinuxOptions={"type": "spc_t"}),
    "not masked": lambda p: own(p, procMount="Unmasked"),
    "a port of the host": lambda p: p["containers"][0]["ports"][0].update(hostPort=80),
    "probed by another host": lambda p: p["containers"][0]["livenessProbe"]["httpGet"].update(
        host="example.org"
    ),
    "a process of the host": lambda p: own(p, windowsOptions={"hostProcess": True}),
    "container first keeps": lambda p: p.update(
        initContainers=[{"name": "first", "securityContext": {}}]
    ),
}


@pytest.mark.parametrize("fault", RESTRICTED)
def test_what_pod_security_refuses_is_refused(fault: str) -> None:
    spec = copy.deepcopy(pod(made("production")))
    assert list(pod_security.faults(spec)) == []
    RESTRICTED[fault](spec)
    assert any(fault in said for said in pod_security.faults(spec))
