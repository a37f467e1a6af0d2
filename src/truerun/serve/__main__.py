"""Program of `truerun serve`: answers rows over HTTP."""

import os
from collections.abc import Sequence

from truerun.base.commands import ONE_THREAD
from truerun.base.errors import ServeError, exit_with
from truerun.serve.options import parser


def main(argv: Sequence[str] | None = None) -> None:
    """Serve until a signal; exit status 1 if the service cannot start."""
    chosen = parser().parse_args(argv)

    def serve() -> None:
        # Before NumPy is imported; more threads would wait for each other: each core has a worker.
        os.environ |= ONE_THREAD
        try:
            from truerun.serve import settings, supervisor
        except ImportError as error:
            raise ServeError(
                f"{error.name} is not installed: `make serve` installs what answers over HTTP, and"
                " `pip install 'truerun[serve]'` does so elsewhere"
            ) from error
        supervisor.run(settings.of(chosen))

    exit_with(serve)


if __name__ == "__main__":
    main()
