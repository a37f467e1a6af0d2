"""A stand-in for GitHub on loopback, with TLS: what is asked of it is kept, as are its comments."""

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
WRITE, READ = "token-that-writes", "token-that-reads"
BOT = "github-actions[bot]"
FORK = {"id": 7, "full_name": "someone/flights"}
HOME = {"id": 1, "full_name": REPOSITORY, "default_branch": "main"}


@dataclass
class Hub:
    """What GitHub holds of a repository, and what it was asked."""

    address: str = ""
    runs: dict[int, dict[str, Any]] = field(default_factory=dict)
    artifacts: dict[int, list[bytes]] = field(default_factory=dict)  # of each run, oldest first
    pulls: list[dict[str, Any]] = field(default_factory=list)
    comments: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    leaked: list[str] = field(default_factory=list)  # tokens that the store of artifacts got to see

    def pull(self, commit: str, branch: str = "topic", repository: Any = HOME) -> dict[str, Any]:
        """Open a pull request, and end a run of its pipeline: of the first, number 101."""
        number = len(self.pulls) + 1
        head = {"sha": commit, "ref": branch, "repo": repository}
        base = {"ref": "main", "repo": HOME}
        self.pulls.append({"number": number, "state": "open", "head": head, "base": base})
        self.runs[100 + number] = self.run(100 + number, head)
        return self.pulls[-1]

    def run(self, number: int, head: dict[str, Any]) -> dict[str, Any]:
        """A run of a pull request's pipeline."""
        return {
            "id": number,
            "event": "pull_request",
            "head_sha": head["sha"],
            "head_branch": head["ref"],
            "head_repository": head["repo"],
            "html_url": f"https://github.com/{REPOSITORY}/actions/runs/{number}",
        }

    def comment(self, body: str, user: str = BOT) -> dict[str, Any]:
        """Add a comment to the first pull request."""
        number = len(self.comments) + 1
        told = {"id": number, "body": body, "user": {"login": user}, "html_url": f"#{number}"}
        self.comments.append(told)
        return told

    def answer(  # noqa: PLR0911, a line for each thing that can be asked
        self, method: str, path: str, query: dict[str, str], body: Any
    ) -> Any:
        """The answer to a question or a wish; None for what is not there."""
        found = re.fullmatch(r"(?:/api/v3)?/repos/me/flights/(.*)", path)
        words = tuple(found[1].split("/")) if found else ()
        first = (int(query.get("page", 1)) - 1) * (size := int(query.get("per_page", 30)))
        page = slice(first, first + size)
        match method, words:
            case "GET", ("actions", "runs", run):
                return self.runs.get(int(run))
            case "GET", ("actions", "runs", run, "artifacts"):
                kept = self.artifacts.get(int(run), []) if query["name"] == "comparison" else []
                ids = [
                    {"id": int(run) * 10 + n, "size_in_bytes": len(k)} for n, k in enumerate(kept)
                ]
                return {"artifacts": ids}
            case "GET", ("commits", commit, "pulls"):  # those whose branch holds the commit
                return [p for p in self.pulls if commit in (p["head"]["sha"], p.get("before"))][
                    page
                ]
            case "GET", ("issues", "1", "comments"):
                return self.comments[page]
            case "POST", ("issues", "1", "comments"):
                return self.comment(body["body"])
            case "PATCH", ("issues", "comments", number):
                self.comments[int(number) - 1]["body"] = body["body"]
                return self.comments[int(number) - 1]
            case "GET", ("pulls",):
                return [pull for pull in self.pulls if pull["state"] == "open"][page]
            case "POST", ("pulls",):
                pull = {"state": "open", "head": {"ref": body["head"], "repo": HOME}, "wish": body}
                self.pulls.append(pull | {"html_url": f"https://github.com/{REPOSITORY}/pull/9"})
                return self.pulls[-1]
        return None


class Handler(BaseHTTPRequestHandler):
    """Answers for a `Hub`, to which a subclass is bound."""

    hub: Hub

    def handle_any(self) -> None:
        """Answer a request of any kind."""
        parts = urlsplit(self.path)
        token = (self.headers["Authorization"] or "").split(" ")[-1]
        length = int(self.headers["Content-Length"] or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        if parts.path.startswith("/store/"):
            self.hub.leaked += [token] if token else []
            run, place = divmod(int(parts.path.removeprefix("/store/")), 10)
            return self.give(200, self.hub.artifacts[run][place])
        self.hub.asked.append((self.command, parts.path.removeprefix("/api/v3")))
        if token not in (WRITE, READ) or (self.command != "GET" and token != WRITE):
            return self.give(403, b'{"message": "Resource not accessible by integration"}')
        if archive := re.search(r"/actions/artifacts/(\d+)/zip$", parts.path):
            return self.give(302, b"", Location=f"{self.hub.address}/store/{archive[1]}")
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        found = self.hub.answer(self.command, parts.path, query, body)
        if found is None:
            return self.give(404, b'{"message": "Not Found"}')
        return self.give(200, json.dumps(found).encode())

    do_GET = do_POST = do_PATCH = handle_any  # noqa: N815, the names that http.server looks for

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
