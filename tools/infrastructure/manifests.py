"""The manifests of an overlay hold to the project's own rules: see docs/deploy.md."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tools.infrastructure import pod_security

PINNED = re.compile(r"[\w./:-]+@sha256:[0-9a-f]{64}")
PROBES = {"startupProbe": "/readyz", "readinessProbe": "/readyz", "livenessProbe": "/healthz"}
ALONE = ("Deployment", "Service", "PodDisruptionBudget", "HorizontalPodAutoscaler", "NetworkPolicy")

Manifest = Mapping[str, Any]


def faults(manifests: Sequence[Manifest], *, owns_namespace: bool = True) -> Iterator[str]:
    """What is wrong with the manifests of an overlay.

    Parameters
    ----------
    owns_namespace : whether its namespace is made by it, and not by another overlay.
    """
    by_kind = {kind: [each for each in manifests if each["kind"] == kind] for kind in ALONE}
    for kind, several in by_kind.items():
        if len(several) != 1:
            yield f"there are {len(several)} of kind {kind}, where one is due"
    if any(len(several) != 1 for several in by_kind.values()):
        return
    (deployment,), (service,), (budget,), (scaling,), (network,) = by_kind.values()
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    yield from of_deployment(deployment)
    for each, selector in (
        (deployment, deployment["spec"]["selector"].get("matchLabels")),
        (service, service["spec"].get("selector")),
        (budget, budget["spec"].get("selector", {}).get("matchLabels")),
        (network, network["spec"].get("podSelector", {}).get("matchLabels")),
    ):
        if not selector or not selector.items() <= labels.items():
            yield f"{each['kind']} selects no pod of the deployment"
    if budget["spec"].get("maxUnavailable") != 1:
        yield "the disruption budget takes more than a pod, or none, at a time"
    yield from of_scaling(scaling, deployment)
    yield from of_network(network)
    yield from of_routes(manifests, service)
    if owns_namespace:
        yield from of_namespace(manifests)


def of_deployment(deployment: Manifest) -> Iterator[str]:
    """What is wrong with a deployment and its pods."""
    spec = deployment["spec"]["template"]["spec"]
    yield from pod_security.faults(spec)
    if spec.get("automountServiceAccountToken") is not False:
        yield "pods have a token of the cluster"
    if deployment["spec"].get("strategy", {}).get("rollingUpdate", {}).get("maxUnavailable") != 0:
        yield "an update takes a pod away before the next one answers"
    for container in spec["containers"]:
        yield from of_container(container)


def of_container(container: Manifest) -> Iterator[str]:
    """What is wrong with a container beside what Pod Security says."""
    name = f"container {container['name']}"
    if not PINNED.fullmatch(container.get("image", "")):
        yield f"{name} has an image without digest: {container.get('image')}"
    if container.get("securityContext", {}).get("readOnlyRootFilesystem") is not True:
        yield f"{name} may write to its root"
    for part in ("requests", "limits"):
        for resource in ("cpu", "memory"):
            if resource not in container.get("resources", {}).get(part, {}):
                yield f"{name} has no {part} of {resource}"
    for probe, path in PROBES.items():
        if container.get(probe, {}).get("httpGet", {}).get("path") != path:
            yield f"{name} has no {probe} of {path}"


def of_scaling(scaling: Manifest, deployment: Manifest) -> Iterator[str]:
    """What is wrong with the autoscaler."""
    target = scaling["spec"]["scaleTargetRef"]
    if (target["kind"], target["name"]) != ("Deployment", deployment["metadata"]["name"]):
        yield "the autoscaler scales something else"
    if not 1 <= scaling["spec"].get("minReplicas", 0) <= scaling["spec"]["maxReplicas"]:
        yield "the autoscaler has no range"
    if "replicas" in deployment["spec"]:
        yield "the deployment sets replicas, over which the autoscaler has a say"


def of_network(network: Manifest) -> Iterator[str]:
    """What is wrong with the network policy."""
    spec = network["spec"]
    if set(spec.get("policyTypes", ())) != {"Ingress", "Egress"}:
        yield "the network policy leaves a direction open"
    if spec.get("egress"):
        yield "pods may reach others"
    for rule in spec.get("ingress", ()):
        if not rule.get("from"):
            yield "anyone may reach the pods"
        if [port.get("port") for port in rule.get("ports", ())] != ["http"]:
            yield "other ports than http are open"


def of_routes(manifests: Sequence[Manifest], service: Manifest) -> Iterator[str]:
    """What is wrong with the routes; an overlay without any is answered by that of another."""
    ports = {port["port"] for port in service["spec"]["ports"]}
    own = service["metadata"]["name"]
    for route in (each for each in manifests if each["kind"] == "HTTPRoute"):
        if any(parent.get("sectionName") != "https" for parent in route["spec"]["parentRefs"]):
            yield "a route that is not by TLS"
        for rule in route["spec"]["rules"]:
            backends = rule["backendRefs"]
            if sum(each["weight"] for each in backends) != 100:  # noqa: PLR2004
                yield "the weights of a route are no percentages"
            for each in backends:
                if each["name"] not in (own, f"{own}-canary") or each["port"] not in ports:
                    yield f"a route leads to {each['name']}:{each['port']}, which is not there"


def of_namespace(manifests: Sequence[Manifest]) -> Iterator[str]:
    """What is wrong with the namespace, and with what is in none."""
    spaces = [each for each in manifests if each["kind"] == "Namespace"]
    names = {each["metadata"]["name"] for each in spaces}
    for each in spaces:
        enforced = each["metadata"].get("labels", {}).get("pod-security.kubernetes.io/enforce")
        if enforced != "restricted":
            yield "the namespace does not enforce pod security"
    others = [each for each in manifests if each["kind"] != "Namespace"]
    if any(each["metadata"].get("namespace") not in names for each in others):
        yield "a manifest is not of the namespace"
