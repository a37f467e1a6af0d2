"""Install packages into the environment of this Python: by uv, or by pip until uv is there.

    .venv/bin/python -I requirements/install.py --require-hashes -r requirements/run.txt
    .venv/bin/python -I requirements/install.py -r requirements/run.txt --part serve

The second installs a part of the optional.txt that lies beside this file, too.

Of what pip is set to, in its files and its variables, both follow what says where packages are,
and nothing that says where to put them. uv is told so in its own variables, since it reads none of
pip's; those that are set already come first.
"""

import ast
import os
import ssl
import subprocess  # nosec B404
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

SECTIONS = ("global.", "install.", ":env:.")  # of pip's settings; the later one counts
# Settings of pip that say where packages are, and the variables of uv for the same.
PLACES = {"extra-index-url": "UV_INDEX", "find-links": "UV_FIND_LINKS"}
SINGLE = {
    "index-url": ("UV_DEFAULT_INDEX",),
    "cert": ("SSL_CERT_FILE",),
    "client-cert": ("SSL_CLIENT_CERT",),
    "proxy": ("HTTPS_PROXY", "HTTP_PROXY"),
    "trusted-host": ("UV_INSECURE_HOST",),
}
FOR_PIP_ALONE = (
    *("no-index", "timeout", "default-timeout", "retries", "keyring-provider"),
    *("cache-dir", "no-cache-dir", "disable-pip-version-check"),
)
NETWORK = (*PLACES, *SINGLE, *FOR_PIP_ALONE)
INDEXES = ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL")
ELSEWHERE = ("UV_SYSTEM_PYTHON", "UV_PYTHON", "UV_CONSTRAINT", "UV_OVERRIDE", "UV_EXCLUDE")
YES = ("1", "true", "yes", "on", "t", "y")
PART = "--part"


def settings(listing: str) -> dict[str, str]:
    """The settings of pip that are of the network, from what `pip config list` prints."""
    lines = [line.partition("=") for line in listing.splitlines()]
    return {
        name.removeprefix(section): str(ast.literal_eval(value))
        for section in SECTIONS
        for name, _, value in lines
        if name.startswith(section) and name.removeprefix(section) in NETWORK
    }


def for_pip(pip: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """The environment of pip: these settings, and no others from anywhere."""
    options = {f"PIP_{name.upper().replace('-', '_')}": value for name, value in pip.items()}
    return {**plain(given), **options, "PIP_CONFIG_FILE": os.devnull}


def for_uv(pip: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """The environment of uv: what it is told itself, and else these settings of pip."""
    options = {
        variable: " ".join(filter(is_there, pip[name].split())).replace(
            " ", " " if variable == "UV_INDEX" else ","
        )
        for name, variable in PLACES.items()
        if name in pip
    }
    if options.get("UV_INDEX"):
        options["UV_INDEX_STRATEGY"] = "unsafe-best-match"  # as pip; hashes say what may come of it
    for name, variables in SINGLE.items():
        options |= dict.fromkeys(variables, pip[name]) if name in pip else {}
    authorities = given.get("REQUESTS_CA_BUNDLE") or given.get("CURL_CA_BUNDLE")
    if authorities and "cert" not in pip and "SSL_CERT_FILE" not in given:
        options["SSL_CERT_FILE"] = authorities
    if has_certificates():
        options["UV_SYSTEM_CERTS"] = "true"  # as pip
    own = {name: value for name, value in plain(given).items() if name not in ELSEWHERE}
    if set(INDEXES) & set(own):
        options = {name: value for name, value in options.items() if name not in INDEXES}
    kept = {name: value for name, value in own.items() if name.startswith("UV_")}
    return {**own, **{name: value for name, value in options.items() if value}, **kept}


def plain(given: Mapping[str, str]) -> dict[str, str]:
    """An environment without the settings of pip and of Python."""
    return {name: value for name, value in given.items() if not name.startswith(("PIP_", "PYTHON"))}


def is_there(place: str) -> bool:
    """Whether a place may be asked: as pip does, a folder that there is not is passed over."""
    parts = urlsplit(place)
    if parts.scheme == "file":
        return Path(url2pathname(parts.path)).exists()
    return bool(parts.scheme) or Path(place).exists()


def has_certificates() -> bool:
    """Whether the machine has a store of certificates, as slim containers have not."""
    if sys.platform != "linux":
        return True
    paths = ssl.get_default_verify_paths()
    folder = Path(paths.openssl_capath)
    return Path(paths.openssl_cafile).is_file() or (folder.is_dir() and any(folder.iterdir()))


def part(name: str) -> str:
    """The lines of optional.txt below a heading."""
    path = Path(__file__).with_name("optional.txt")
    lines = path.read_text(encoding="utf-8").partition(f"\n# [{name}]\n")[2].partition("\n# [")[0]
    return lines or sys.exit(f"error: {path} has no part [{name}]")


def with_part(words: list[str]) -> list[str]:
    """The words for uv or pip, where `--part NAME` is read from standard input."""
    if PART not in words:
        return words
    place = words.index(PART)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it is for the program that follows
    file.write(part(words[place + 1]).encode())
    file.seek(0)
    os.dup2(file.fileno(), 0)
    return [*words[:place], "-r", "/dev/stdin", *words[place + 2 :]]


def main() -> None:
    """Hand over to uv, or to pip."""
    python, uv = sys.executable, Path(sys.executable).with_name("uv")
    listing = subprocess.run(  # nosec B603
        [python, "-I", "-m", "pip", "config", "list"], stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    pip = settings(listing)
    if uv.exists():
        alone = ["--no-index"] if pip.get("no-index", "").lower() in YES else []
        command = [str(uv), "pip", "install", "--quiet", "--python", python, *alone]
        variables = for_uv(pip, os.environ)
    else:
        command = [python, "-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        variables = for_pip(pip, os.environ)
    words = [*command, *with_part(sys.argv[1:])]
    os.execve(command[0], words, variables)  # nosec B606


if __name__ == "__main__":
    main()
