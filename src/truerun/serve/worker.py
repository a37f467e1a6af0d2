"""A process that answers requests, and takes another model when it is told to."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
import uvloop  # before any fork: workers share what is imported

from truerun.base.errors import TruerunError
from truerun.serve.app import Service, application
from truerun.serve.protocol import BoundedProtocol
from truerun.serve.state import State

IDLE = 75  # seconds that a connection may wait for its next request
ENDING = 30  # seconds that requests have to be answered in, once the service shall end


class _Server(uvicorn.Server):
    """Leaves signals alone: uvicorn would die of them as soon as its requests are answered."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def run(service: Service, listening: socket.socket, parent: int) -> None:
    """Answer requests until told to end, by a signal or because the parent is gone.

    Parameters
    ----------
    parent : the end for reading of a pipe that the parent holds open for as long as it lives.
    """
    config = uvicorn.Config(
        application(service),
        loop="none",
        http=BoundedProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=IDLE,
        timeout_graceful_shutdown=ENDING,
    )
    server = _Server(config)

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        reloads: set[asyncio.Task[None]] = set()

        def reload() -> None:
            task = asyncio.create_task(_reload(service))
            reloads.add(task)
            task.add_done_callback(reloads.discard)

        def end() -> None:
            loop.remove_reader(parent)
            server.should_exit = True

        loop.add_signal_handler(signal.SIGHUP, reload)
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, end)
        loop.add_reader(parent, end)
        await server.serve(sockets=[listening])

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve())
    service.close()


async def _reload(service: Service) -> None:
    """Take the bundle that lies there now, once it is read; the old one answers meanwhile."""
    try:
        state = await asyncio.to_thread(State.load, service.settings)
        state.answerer.check_like(service.state.answerer)
    except TruerunError as error:
        print(f"serve: worker {os.getpid()} goes on as it was: {error}", file=sys.stderr)
        return
    service.take(state)
