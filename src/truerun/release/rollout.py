"""Have a stage run an image, or its canary some of the requests: in Kubernetes, or in AWS by ECS.

Names are those of ops/: the namespace or cluster truerun-STAGE, in it what is called `service` and
`service-canary` by Kubernetes, `stable` and `canary` by ECS. What is done is done by `kubectl` and
`aws`, by whatever rights these have.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from truerun.base.commands import CommandError, run
from truerun.base.errors import ReleaseError

HERE = Path()
PLATFORM = "TRUERUN_PLATFORM"
MINUTES = 10  # that an image may take to be ready
# What AWS says of a task definition, and does not take.
SAID = (
    *("taskDefinitionArn", "revision", "status", "requiresAttributes", "compatibilities"),
    *("registeredAt", "registeredBy"),
)
LISTENER, STABLE, CANARY = "LISTENER", "STABLE_GROUP", "CANARY_GROUP"  # of the load balancer


class Platform(Protocol):
    """Where a stage runs."""

    def run_image(self, track: str, image: str) -> None:
        """Have a track, stable or canary, run an image, and wait until it answers."""

    def share(self, percent: int) -> None:
        """Have the canary answer so many of 100 requests."""


def roll_out(stage: str, image: str | None, canary: int | None, platform: str | None) -> str:
    """Do what is asked for; a line that says so.

    Parameters
    ----------
    image : by its digest; for the canary, if that has a share.
    canary : of 100 requests, those that it answers; None leaves it alone.

    Raises
    ------
    TruerunError
        If a program is missing, or fails. An image that does not answer is taken back.
    """
    named = platform or os.environ.get(PLATFORM, "")
    if named not in PLATFORMS:
        raise ReleaseError(f"--platform, or {PLATFORM}, is one of {', '.join(PLATFORMS)}")
    if image is None and canary is None:
        raise ReleaseError("name an --image, a share for the --canary, or both")
    where = PLATFORMS[named](f"truerun-{stage}", os.environ)
    if image is not None:
        where.run_image("stable" if canary is None else "canary", image)
    if canary is not None:
        where.share(canary)
    track = "" if canary is None else f", {canary} of 100 requests by the canary"
    return f"release: {stage} runs {image or 'what it ran'}{track}"


@dataclass(frozen=True)
class Kubernetes:
    """A namespace, whose HTTPRoute `service` has weights."""

    namespace: str
    environment: Mapping[str, str]

    def run_image(self, track: str, image: str) -> None:
        """Set the image of a Deployment; one whose pods do not come up is undone."""
        deployment = "deployment/service" + ("-canary" if track == "canary" else "")
        self._kubectl("set", "image", deployment, f"service={image}")
        try:
            self._kubectl("rollout", "status", deployment, f"--timeout={MINUTES}m")
        except CommandError:
            self._kubectl("rollout", "undo", deployment)
            raise

    def share(self, percent: int) -> None:
        """Set the weights of the route."""
        patch = [
            {"op": "replace", "path": f"/spec/rules/0/backendRefs/{place}/weight", "value": weight}
            for place, weight in enumerate((100 - percent, percent))
        ]
        self._kubectl("patch", "httproute", "service", "--type=json", "--patch", json.dumps(patch))

    def _kubectl(self, *command: str) -> None:
        run(HERE, "kubectl", "--namespace", self.namespace, *command)


@dataclass(frozen=True)
class Ecs:
    """A cluster, whose load balancer has weights; it takes back what does not answer by itself."""

    cluster: str
    environment: Mapping[str, str]

    def run_image(self, track: str, image: str) -> None:
        """Register the task definition of a service with another image, and have it run that."""
        family = f"{self.cluster}-{track}"
        described = self._aws("ecs", "describe-task-definition", "--task-definition", family)
        made = with_image(described["taskDefinition"], image)
        new = self._aws("ecs", "register-task-definition", "--cli-input-json", json.dumps(made))
        arn = new["taskDefinition"]["taskDefinitionArn"]
        service = ("--cluster", self.cluster, "--service", track)
        count = ("--desired-count", "1") if track == "canary" else ()
        self._aws("ecs", "update-service", *service, "--task-definition", arn, *count)
        where = ("--cluster", self.cluster, "--services", track)
        run(HERE, "aws", "ecs", "wait", "services-stable", *where)

    def share(self, percent: int) -> None:
        """Set the weights of the listener; a canary without requests ends."""
        missing = [name for name in (LISTENER, STABLE, CANARY) if not self.environment.get(name)]
        if missing:
            raise ReleaseError(f"{missing[0]} is not set: an output of ops/terraform/service")
        groups = [
            {"TargetGroupArn": self.environment[name], "Weight": weight}
            for name, weight in ((STABLE, 100 - percent), (CANARY, percent))
        ]
        actions = [{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]
        listener = ("--listener-arn", self.environment[LISTENER])
        actions_text = json.dumps(actions)
        self._aws("elbv2", "modify-listener", *listener, "--default-actions", actions_text)
        if not percent:
            service = ("--cluster", self.cluster, "--service", "canary")
            self._aws("ecs", "update-service", *service, "--desired-count", "0")

    def _aws(self, *command: str) -> Any:
        printed = run(HERE, "aws", *command, "--output", "json")
        try:
            return json.loads(printed)
        except ValueError as error:
            raise ReleaseError(f"`aws {' '.join(command[:2])}` prints no JSON: {error}") from error


PLATFORMS: Mapping[str, type[Kubernetes] | type[Ecs]] = {"kubernetes": Kubernetes, "ecs": Ecs}


def with_image(definition: Mapping[str, Any], image: str) -> dict[str, Any]:
    """A task definition as it is registered, with another image of its container `service`."""
    containers: Sequence[Mapping[str, Any]] = definition["containerDefinitions"]
    changed = [
        {**each, "image": image} if each["name"] == "service" else each for each in containers
    ]
    kept = {name: value for name, value in definition.items() if name not in SAID}
    return {**kept, "containerDefinitions": changed}
