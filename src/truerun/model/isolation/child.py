"""The process that runs a stranger's model, sealed before it imports what a model needs."""

import os
import sys

from truerun.model.isolation.seal import seal


def main() -> None:
    """Answer requests on stdin until it is closed; the second argument limits the processor."""
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):  # whatever a library prints is no answer
        os.dup2(nowhere, stream)
    network = seal(int(sys.argv[2]))

    from truerun.model.isolation.serving import serve  # noqa: PLC0415 - not before it is sealed

    serve(sys.stdin.buffer, answers, network)
