"""The files of ops/ for a clock that runs faster, so that no rule is written a second time.

Every duration becomes shorter in the same proportion, but none shorter than four scrapes: of fewer,
Prometheus cannot tell how fast a count rises. Numbers without a unit stay as they are.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
PART = re.compile(r"(\d+)(ms|[smhdw])")
DURATION = rf"(?:{PART.pattern})+"
IN_QUERY = re.compile(rf"(?<=\[){DURATION}|(?<=:){DURATION}(?=\])|(?<=\boffset ){DURATION}")
LEAST_SCRAPES = 4
OF_ROUTE = ("group_wait", "group_interval", "repeat_interval")


@dataclass(frozen=True)
class Pace:
    """Seconds that an hour takes; the service is scraped twice in them."""

    hour: float

    @property
    def scrape(self) -> float:
        """Seconds between two scrapes."""
        return self.hour / 2

    @property
    def day(self) -> float:
        """Seconds that a day takes."""
        return 24 * self.hour

    @property
    def least(self) -> float:
        """Seconds of the shortest duration."""
        return LEAST_SCRAPES * self.scrape

    def duration(self, text: str) -> str:
        """A duration of Prometheus, at this pace.

        >>> [Pace(hour=0.4).duration(told) for told in ("1w", "1d12h", "10m")]
        ['67200ms', '14400ms', '800ms']
        """
        seconds = sum(int(count) * SECONDS[unit] for count, unit in PART.findall(text))
        return f"{round(1000 * max(seconds * self.hour / 3600, self.least))}ms"

    def query(self, expression: str) -> str:
        """A query, each duration of a range or an offset at this pace.

        >>> Pace(hour=0.4).query("max_over_time(a:1h[1w:10m] offset 6h) > 3600")
        'max_over_time(a:1h[67200ms:800ms] offset 2400ms) > 3600'
        """
        return IN_QUERY.sub(lambda match: self.duration(match[0]), expression)


def rules(content: Mapping[str, Any], pace: Pace, left_out: str) -> dict[str, Any]:
    """The groups of rules at another pace, but for one of a name."""
    return {
        "groups": [
            {**group, "rules": [_rule(each, pace) for each in group["rules"]]}
            for group in content["groups"]
            if group["name"] != left_out
        ]
    }


def _rule(rule: Mapping[str, Any], pace: Pace) -> dict[str, Any]:
    made = {**rule, "expr": pace.query(rule["expr"])}
    if "for" in rule:
        made["for"] = pace.duration(rule["for"])
    if "annotations" in rule:  # a summary may ask Prometheus, too
        made["annotations"] = {name: pace.query(text) for name, text in rule["annotations"].items()}
    return made


def prometheus(
    content: Mapping[str, Any], pace: Pace, job: str, service: str, alertmanager: str
) -> dict[str, Any]:
    """The settings of Prometheus for one job, whose target is at an address of its own."""
    scrape = f"{round(1000 * pace.scrape)}ms"
    (scraped,) = (each for each in content["scrape_configs"] if each["job_name"] == job)
    return {
        **content,
        "global": {
            "scrape_interval": scrape,
            "scrape_timeout": scrape,
            "evaluation_interval": scrape,
        },
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]},
        "scrape_configs": [{**scraped, "static_configs": [{"targets": [service]}]}],
    }


def alertmanager(content: Mapping[str, Any], pace: Pace, address: str) -> dict[str, Any]:
    """The settings of Alertmanager: the same routes, and each receiver is a path of an address."""
    return {
        "route": _route(content["route"], pace),
        "inhibit_rules": content["inhibit_rules"],
        "receivers": [
            {"name": each["name"], "webhook_configs": [{"url": f"{address}/{each['name']}"}]}
            for each in content["receivers"]
        ],
    }


def _route(route: Mapping[str, Any], pace: Pace) -> dict[str, Any]:
    times = {name: pace.duration(route[name]) for name in OF_ROUTE if name in route}
    below = (
        {"routes": [_route(each, pace) for each in route["routes"]]} if "routes" in route else {}
    )
    return {**route, **times, **below}
