"""Program of `truerun serve`: answers rows over HTTP."""

import os
from collections.abc import Sequence

from truerun.base.errors import ServeError, exit_with
from truerun.serve.options import parser

# A worker has one thread: more would wait for each other, as there is a worker for each core.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def main(argv: Sequence[str] | None = None) -> None:
    """Serve until a signal; exit status 1 if the service cannot start."""
    chosen = parser().parse_args(argv)

    def serve() -> None:
        os.environ |= ONE_THREAD  # before NumPy is imported
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
