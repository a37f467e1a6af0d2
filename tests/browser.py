"""A real browser, started once and spoken to through a pipe: what it shows and measures."""

import base64
import fcntl
import itertools
import json
import os
import select
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
needed = pytest.mark.skipif(
    CHROMIUM is None, reason="chromium is not installed: apt-get install chromium"
)
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)
HEIGHT = 800
PATIENCE = 60  # seconds
# Every text that is shown, unless it is slanted, with its box: of HTML a box for each line.
TEXTS = """
(() => {
  const found = [];
  const walker = document.createTreeWalker(document, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.textContent.trim() || !node.parentElement.checkVisibility?.()) continue;
    if (["TITLE", "STYLE", "title", "style"].includes(node.parentElement.tagName)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const svg = node.parentElement.closest("svg");
    const boxes = svg ? [node.parentElement.getBoundingClientRect()] : range.getClientRects();
    const slope = svg ? node.parentElement.getScreenCTM() : {a: 1, b: 0};
    if (Math.abs(slope.a * slope.b) > 1e-6) continue;  // a box around it says little
    for (const box of boxes)
      if (box.width && box.height)
        found.push({text: node.textContent.trim(), svg: svg !== null,
          left: box.left, right: box.right, top: box.top, bottom: box.bottom});
  }
  return found;
})()
"""
PICTURES = """
[...document.querySelectorAll("svg")].map(svg => svg.getBoundingClientRect())
  .map(box => ({left: box.left, right: box.right, top: box.top, bottom: box.bottom}))
"""
CLOSE = (
    1.0  # pixels by which boxes around letters may reach into each other: a box has room to spare
)


class Browser:
    """Chromium without a window."""

    def __init__(self, profile: Path) -> None:
        assert CHROMIUM
        to_browser, self._write = _high(os.pipe())
        self._read, from_browser = _high(os.pipe())
        shell = f'exec "$@" 3<&{to_browser} 4>&{from_browser}'  # where the browser looks for them
        self._process = subprocess.Popen(
            ["bash", "-c", shell, "bash", CHROMIUM, *OPTIONS, f"--user-data-dir={profile}"],
            pass_fds=(to_browser, from_browser),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self._numbers = itertools.count(1)
        self._rest = b""
        self._session: dict[str, str] = {}
        self.console: list[str] = []
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        attached = self._call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = {"sessionId": attached["sessionId"]}
        for domain in ("Page", "Runtime", "Log"):
            self._call(f"{domain}.enable")

    def close(self) -> None:
        """End it."""
        os.close(self._write)  # it ends when nobody can speak to it any more
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._read)

    def open(
        self, page: Path | str, width: int, scheme: str = "light", height: int = HEIGHT
    ) -> None:
        """Show a file, or what answers at an address, as a window of some width does."""
        self._call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=False,
        )  # fmt: skip
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self._call("Emulation.setEmulatedMedia", features=[feature])
        self.console.clear()
        url = page if isinstance(page, str) else page.resolve().as_uri()
        self._call("Page.navigate", url=url)
        while self._message().get("method") != "Page.loadEventFired":
            pass

    def value(self, script: str) -> Any:
        """What an expression of JavaScript gives."""
        given = self._call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in given, given["exceptionDetails"]
        return given["result"].get("value")

    def wait_for(self, text: str) -> None:
        """Wait until a page that builds itself shows a text."""
        look = f"document.body.innerText.includes({json.dumps(text)})"
        again = f"{look} ? seen() : requestAnimationFrame(look)"
        script = f"new Promise(seen => (function look() {{ {again} }})())"
        try:
            self._call("Runtime.evaluate", expression=script, awaitPromise=True)
        except AssertionError as error:
            raise AssertionError(f"{text!r} is not shown") from error

    def texts(self) -> list[dict[str, Any]]:
        """Every text that is shown: its words, whether it is of a picture, and its box."""
        return self.value(TEXTS)

    def picture(self, path: Path) -> None:
        """Keep what is shown, the whole page of it."""
        size = self._call("Page.getLayoutMetrics")["cssContentSize"]
        shot = self._call(
            "Page.captureScreenshot", clip={**size, "scale": 1}, captureBeyondViewport=True
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(shot["data"]))

    def _call(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params, **self._session}
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._message()
            if answer.get("id") == number:
                assert "error" not in answer, answer["error"]
                return answer["result"]

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._read], [], [], PATIENCE)
            assert ready, "the browser says nothing"
            more = os.read(self._read, 1 << 20)
            assert more, "the browser is gone"
            self._rest += more
        text, self._rest = self._rest.split(b"\0", 1)
        message: dict[str, Any] = json.loads(text)
        if message.get("method") in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown"):
            self.console.append(str(message["params"]))
        if message.get("method") == "Log.entryAdded":
            self.console.append(message["params"]["entry"]["text"])
        return message


def _high(ends: tuple[int, int]) -> list[int]:
    """A pipe whose ends are neither 3 nor 4."""
    moved = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 20) for end in ends]
    for end in ends:
        os.close(end)
    return moved


def overlaps(texts: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """The pairs of texts that are written over each other."""
    return [
        (one["text"], other["text"])
        for one, other in itertools.combinations(texts, 2)
        if min(one["right"], other["right"]) - max(one["left"], other["left"]) > CLOSE
        and min(one["bottom"], other["bottom"]) - max(one["top"], other["top"]) > CLOSE
    ]


def cut(browser: Browser) -> list[str]:
    """The texts of pictures that reach out of every picture: they are not shown whole."""
    pictures = browser.value(PICTURES)
    return [
        one["text"]
        for one in browser.texts()
        if one["svg"]
        and not any(
            box["left"] - CLOSE <= one["left"]
            and one["right"] <= box["right"] + CLOSE
            and box["top"] - CLOSE <= one["top"]
            and one["bottom"] <= box["bottom"] + CLOSE
            for box in pictures
        )
    ]


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2 has it."""
    shares = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return sum(
        weight * share for weight, share in zip((0.2126, 0.7152, 0.0722), linear, strict=True)
    )


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, as WCAG 2 has it."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)
