"""A wheel is read from a file or an address, and what is none of truerun is refused."""

import io
import ssl
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.ci.hub import certify
from truerun.base.errors import PackageError
from truerun.package import contents, wheel_files


def zipped(**files: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/").replace("_dist", ".dist-info"), text)
    return content.getvalue()


def metadata(name: str, version: str) -> bytes:
    return zipped(x_dist__METADATA=f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\n")


@pytest.mark.slow
def test_the_wheel_of_the_package_that_runs() -> None:
    running = wheel_files.running()
    assert (running.version, running.package) == (contents.version(), contents.files())
    assert running.is_running


@pytest.mark.slow
def test_a_wheel_with_other_code_is_not_the_one_that_runs() -> None:
    running = wheel_files.running()
    other = wheel_files.Wheel(running.version, b"", {**running.package, "more.py": b""})
    assert not other.is_running
    assert not wheel_files.Wheel("9.9.9", b"", running.package).is_running


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"text", "f is no wheel: File is not a zip file"),
        (zipped(a="b"), "f is no wheel of truerun, but of nothing"),
        (metadata("pandas", "1.0.0"), "f is no wheel of truerun, but of pandas"),
        (metadata("truerun", "new"), "'new' is no version of truerun"),
    ],
)
def test_what_is_none_of_truerun_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(PackageError, match=f"^{message}"):
        wheel_files.parsed(content, "f")


def test_a_damaged_wheel_is_refused() -> None:
    content = bytearray(wheel_files.running().content)
    content[5000:5100] = bytes(100)
    with pytest.raises(PackageError, match=r"^f is no wheel: "):
        wheel_files.parsed(bytes(content), "f")


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(PackageError, match=r"no.whl cannot be read: No such file or directory"):
        wheel_files.read(tmp_path / "no.whl")


def test_only_addresses_that_nobody_can_alter_on_the_way_are_trusted() -> None:
    with pytest.raises(PackageError, match=r"^http://example.org/a.whl: only an address that"):
        wheel_files.at("http://example.org/a.whl")


def test_an_address_that_does_not_answer_is_said() -> None:
    with pytest.raises(PackageError, match=r"^https://localhost:1/a.whl cannot be downloaded: "):
        wheel_files.at("https://localhost:1/a.whl")


@pytest.mark.slow
def test_a_wheel_is_downloaded_from_an_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = tmp_path / "certificate.pem"
    certify(certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    content = wheel_files.running().content
    (tmp_path / "new.whl").write_bytes(content)
    (tmp_path / "page.html").write_text("<html>", encoding="utf-8")
    with served(tmp_path, certificate) as address:
        assert wheel_files.at(f"{address}/new.whl").content == content
        with pytest.raises(PackageError, match=r"/page\.html is no wheel: File is not a zip file"):
            wheel_files.at(f"{address}/page.html")
        with pytest.raises(PackageError, match=r"/none\.whl cannot be downloaded: .*404"):
            wheel_files.at(f"{address}/none.whl")
        monkeypatch.setattr(wheel_files, "MOST", len(content) - 1)
        with pytest.raises(
            PackageError, match=r"/new\.whl is larger than .* bytes: it is no wheel"
        ):
            wheel_files.at(f"{address}/new.whl")


@contextmanager
def served(folder: Path, certificate: Path) -> Iterator[str]:
    """The address at which the files of a folder lie."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"https://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
