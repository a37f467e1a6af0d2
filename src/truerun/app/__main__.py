"""Program of `truerun app`: has Streamlit show the page."""

import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path

from truerun.app.client import URL_NAME, Client
from truerun.app.options import parser
from truerun.base.errors import AppError, exit_with

PAGE = Path(__file__).with_name("page.py")
SETTINGS = {
    "server.address": "127.0.0.1",
    "server.headless": "true",  # no browser is opened, and no e-mail address asked for
    "server.fileWatcherType": "none",
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
}


def main(argv: Sequence[str] | None = None) -> None:
    """Show the page until it is ended; exit status 1 if no service answers."""
    chosen = parser().parse_args(argv)

    def show() -> None:
        if importlib.util.find_spec("streamlit") is None:
            raise AppError(
                "streamlit is not installed: `make app` installs what shows the page, and"
                " `pip install 'truerun[app]'` does so elsewhere"
            )
        Client(chosen.url).description()
        from streamlit.web import cli

        os.environ[URL_NAME] = chosen.url
        options = [f"--{name}={value}" for name, value in SETTINGS.items()]
        cli.main(["run", str(PAGE), *options, f"--server.port={chosen.port}"])

    exit_with(show)


if __name__ == "__main__":
    main()
