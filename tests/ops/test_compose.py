"""compose.yaml holds to its schema and our rules, each of which finds its fault."""

import re
from pathlib import Path

import pytest
import yaml
from tools.infrastructure import compose

from tests.conftest import ROOT

FILE = ROOT / "compose.yaml"
CONTENT = yaml.safe_load(FILE.read_text(encoding="utf-8"))


@pytest.mark.slow
def test_it_holds_to_the_rules() -> None:
    assert list(compose.faults(FILE)) == []


PLANTED = {
    "volums": (r"^    volumes:", "    volums:"),
    "mem_limt": (r"mem_limit: 512m", "mem_limt: 512m"),
    "an image without digest": (r"(image: prom/prometheus:\S+)@sha256:\w+", r"\1"),
    "is open to other machines": (r"127\.0\.0\.1:9090", "9090"),
    "rights of the host": (r"    mem_limit: 1g\n", "    mem_limit: 1g\n    privileged: true\n"),
    "may gain privileges": (r"    security_opt: .*\n", ""),
    "has no limit": (r"    mem_limit: 512m\n", ""),
    "is written out": (r"\$\{STORAGE_SECRET:\?[^}]*\}", "word"),
    "the service may write": (r"    read_only: true\n", ""),
    "secret api-keys is not": (r"    file: \$\{API_KEYS_FILE.*\n", "    external: true\n"),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", PLANTED)
def test_every_rule_finds_its_fault(fault: str, tmp_path: Path) -> None:
    pattern, new = PLANTED[fault]
    text = FILE.read_text(encoding="utf-8")
    changed = re.sub(pattern, new, text, count=1, flags=re.MULTILINE)
    assert changed != text
    (tmp_path / "compose.yaml").write_text(changed, encoding="utf-8")
    assert any(fault in said for said in compose.faults(tmp_path / "compose.yaml"))


def test_what_it_mounts_and_asks_for_is_there() -> None:
    for service in CONTENT["services"].values():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            if source.startswith("."):
                assert (ROOT / source).is_dir()
            else:
                assert source in CONTENT["volumes"]
        assert set(service.get("secrets", ())) <= set(CONTENT["secrets"])
    scraped = yaml.safe_load((ROOT / "ops/prometheus/compose.yml").read_text(encoding="utf-8"))
    (job,) = scraped["scrape_configs"]
    (target,) = job["static_configs"][0]["targets"]
    name, _, port = target.partition(":")
    assert CONTENT["services"][name]["ports"] == [f"127.0.0.1:{port}:{port}"]
    (secret,) = CONTENT["services"][name]["secrets"]
    assert job["authorization"]["credentials_file"] == f"/run/secrets/{secret}"
