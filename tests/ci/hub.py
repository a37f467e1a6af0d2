"""A stand-in for GitHub on loopback, with TLS: what is asked of it is kept, as are its comments.

It answers as GitHub does where that is awkward: the pull requests of a commit are those of the
repository's own branches, never of a fork; an artifact that expired is listed, and gone.
"""

import ipaddress
import json
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

REPOSITORY = "me/flights"
WRITE, READ, APP = "token-that-writes", "token-that-reads", "token-of-app"
BOT = "github-actions[bot]"
FLOW = ".github/workflows/pull-request.yml"
FORK = {"id": 7, "full_name": "someone/flights", "owner": {"login": "someone"}}
HOME = {"id": 1, "full_name": REPOSITORY, "owner": {"login": "me"}, "default_branch": "main"}


@dataclass
class Fault:
    """What GitHub does instead of answering as it should, once."""

    asked: str  # a pattern of method and path
    status: int | None = None  # None: the connection is dropped
    content: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    done: bool = False  # whether it does what was asked all the same


@dataclass
class Hub:
    """What GitHub holds of a repository, and what it was asked."""

    address: str = ""
    runs: dict[int, dict[str, Any]] = field(default_factory=dict)
    # Of each run, oldest first, by their names.
    artifacts: dict[int, list[tuple[str, bytes]]] = field(default_factory=dict)
    pulls: list[dict[str, Any]] = field(default_factory=list)
    comments: list[dict[str, Any]] = field(default_factory=list)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    dispatched: list[dict[str, Any]] = field(default_factory=list)
    required: list[str] = field(default_factory=list)  # statuses, before a merge into main
    expired: set[int] = field(default_factory=set)  # runs whose artifacts are gone
    faults: list[Fault] = field(default_factory=list)
    lock: Any = field(default_factory=threading.Lock)
    asked: list[tuple[str, str]] = field(default_factory=list)
    leaked: list[str] = field(default_factory=list)  # tokens that the store of artifacts got to see

    def pull(
        self, commit: str, branch: str = "topic", repository: Any = HOME, base: str = "main"
    ) -> dict[str, Any]:
        """Open a pull request, and end a run of its pipeline: of the first, number 101."""
        number = len(self.pulls) + 1
        head = {"sha": commit, "ref": branch, "repo": repository}
        told = {"ref": base, "repo": HOME}
        address = f"https://github.com/{REPOSITORY}/pull/{number}"
        pull = {"number": number, "state": "open", "head": head, "base": told}
        self.pulls.append(pull | {"html_url": address})
        self.runs[100 + number] = self.run(100 + number, head)
        return self.pulls[-1]

    def run(self, number: int, head: dict[str, Any]) -> dict[str, Any]:
        """A run of a pull request's pipeline."""
        return {
            "id": number,
            "run_attempt": 1,
            "event": "pull_request",
            "path": FLOW,
            "conclusion": "success",
            "head_sha": head["sha"],
            "head_branch": head["ref"],
            "head_repository": head["repo"],
            "html_url": f"https://github.com/{REPOSITORY}/actions/runs/{number}",
        }

    def comment(self, body: str, user: str = BOT) -> dict[str, Any]:
        """Add a comment to the first pull request."""
        number = max((comment["id"] for comment in self.comments), default=0) + 1
        told = {"id": number, "body": body, "user": {"login": user}, "html_url": f"#{number}"}
        self.comments.append(told)
        return told

    def answer(  # noqa: C901, PLR0911, PLR0912, a line for each thing that can be asked
        self, method: str, path: str, query: dict[str, str], body: Any
    ) -> Any:
        """The answer to a question or a wish; None for what is not there."""
        found = re.fullmatch(r"(?:/api/v3)?/repos/me/flights/?(.*)", path)
        words = tuple(found[1].split("/")) if found else ()
        first = (int(query.get("page", 1)) - 1) * (size := int(query.get("per_page", 30)))
        page = slice(first, first + size)
        match method, words:
            case "GET", ("",):
                return HOME
            case "GET", ("actions", "runs", run):
                return self.runs.get(int(run))
            case "GET", ("actions", "workflows", "pull-request.yml", "runs"):
                wanted = (query["head_sha"], query["event"])
                runs = [r for r in self.runs.values() if (r["head_sha"], r["event"]) == wanted]
                return {"workflow_runs": runs[page]}
            case "GET", ("actions", "runs", run, "artifacts"):
                facts = {"expired": int(run) in self.expired}
                ids = [
                    {"id": int(run) * 10 + n, "size_in_bytes": len(content)} | facts
                    for n, (name, content) in enumerate(self.artifacts.get(int(run), []))
                    if name == query["name"]
                ]
                return {"artifacts": ids[page]}
            case "GET", ("commits", commit, "pulls"):  # of a fork's branch, it knows nothing
                own = [p for p in self.pulls if p["head"]["repo"] == HOME]
                return [p for p in own if commit in (p["head"]["sha"], p.get("before"))][page]
            case "GET", ("issues", "1", "comments"):
                return self.comments[page]
            case "POST", ("issues", "1", "comments"):
                return self.comment(body["body"])
            case "PATCH" | "DELETE", ("issues", "comments", number):
                return self.change(int(number), None if body is None else body["body"])
            case "POST", ("statuses", commit):
                self.statuses.append({"commit": commit} | body)
                return self.statuses[-1]
            case "GET", ("pulls",):
                return [pull for pull in self.pulls if self.listed(pull, query)][page]
            case "POST", ("pulls",):
                pull = self.pull("c" * 40, body["head"], base=body["base"])
                pull["wish"] = body
                return pull
            case "PATCH", ("pulls", number):
                self.pulls[int(number) - 1] |= body
                return self.pulls[int(number) - 1]
            case "GET", ("branches", "main"):
                return {"name": "main", "protection": {"enabled": False}}
            case "GET", ("rules", "branches", "main"):
                checks = [{"context": name} for name in self.required]
                rule = {"parameters": {"required_status_checks": checks}}
                return [{"type": "deletion"}, {"type": "required_status_checks"} | rule][page]
            case "POST", ("dispatches",):
                self.dispatched.append(body)
                return ""
        return None

    def listed(self, pull: dict[str, Any], query: dict[str, str]) -> bool:
        """Whether a list of pull requests has one; `head` counts in the form OWNER:BRANCH only."""
        if pull["state"] != query.get("state", "open"):
            return False
        if ":" not in query.get("head", ""):
            return True
        owner = (pull["head"]["repo"] or {}).get("owner", {}).get("login")
        return query["head"] == f"{owner}:{pull['head']['ref']}"

    def change(self, number: int, body: str | None) -> Any:
        """Change a comment, or delete it where there is no text."""
        found = [comment for comment in self.comments if comment["id"] == number]
        for comment in found:
            if body is None:
                self.comments.remove(comment)
                return {}
            comment["body"] = body
        return found[0] if found else None

    def fault(self, asked: str) -> Fault | None:
        """What goes wrong with a request, if anything does."""
        with self.lock:
            found = next((fault for fault in self.faults if re.search(fault.asked, asked)), None)
            if found is not None:
                self.faults.remove(found)
            return found


class Handler(BaseHTTPRequestHandler):
    """Answers for a `Hub`, to which a subclass is bound."""

    hub: Hub

    def handle_any(self) -> None:  # noqa: PLR0911, what can go wrong comes first
        """Answer a request of any kind."""
        parts = urlsplit(self.path)
        token = (self.headers["Authorization"] or "").split(" ")[-1]
        length = int(self.headers["Content-Length"] or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        if parts.path.startswith("/store/"):
            self.hub.leaked += [token] if token else []
            run, place = divmod(int(parts.path.removeprefix("/store/")), 10)
            return self.give(200, self.hub.artifacts[run][place][1])
        self.hub.asked.append((self.command, parts.path.removeprefix("/api/v3")))
        fault = self.hub.fault(f"{self.command} {self.path}")
        if fault is not None and not fault.done:
            return self.fail(fault)
        writes = token == WRITE or (token == APP and "/statuses/" in self.path)
        if token not in (WRITE, READ, APP) or (self.command != "GET" and not writes):
            return self.give(403, b'{"message": "Resource not accessible by integration"}')
        if archive := re.search(r"/actions/artifacts/(\d+)/zip$", parts.path):
            if int(archive[1]) // 10 in self.hub.expired:
                return self.give(410, b'{"message": "Artifact has expired"}')
            return self.give(302, b"", Location=f"{self.hub.address}/store/{archive[1]}")
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        with self.hub.lock:
            found = self.hub.answer(self.command, parts.path, query, body)
        if fault is not None:
            return self.fail(fault)
        if found == "":
            return self.give(204, b"")
        if found is None:
            return self.give(404, b'{"message": "Not Found"}')
        return self.give(200, json.dumps(found).encode())

    do_GET = do_POST = do_PATCH = do_DELETE = handle_any  # noqa: N815, the names that http.server looks for

    def fail(self, fault: Fault) -> None:
        """Answer with an error, or not at all."""
        if fault.status is None:
            self.close_connection = True
        else:
            self.give(fault.status, fault.content, **fault.headers)

    def give(self, status: int, content: bytes, **headers: str) -> None:
        """Send an answer."""
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Nothing is printed."""


@contextmanager
def serve(hub: Hub, certificate: Path) -> Iterator[Hub]:
    """Serve a hub at its address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"hub": hub})) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        hub.address = f"https://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join()


def certify(path: Path) -> None:
    """Write a key, and a certificate for 127.0.0.1 that is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "GitHub's stand-in")])
    now = datetime.now(UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
