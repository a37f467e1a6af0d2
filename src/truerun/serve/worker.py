"""A process that answers requests, and takes another model when it is told to."""

import asyncio
import os
import signal
import socket
import sys

import uvicorn

from truerun.base.errors import TruerunError
from truerun.serve.app import Service, application
from truerun.serve.protocol import BoundedProtocol
from truerun.serve.state import State

IDLE = 75  # seconds that a connection may wait for its next request
ENDING = 30  # seconds that requests have to be answered in, once the service shall end


def run(service: Service, listening: socket.socket, parent: int) -> None:
    """Answer requests until told to end, by a signal or because the parent is gone.

    Parameters
    ----------
    parent : the end for reading of a pipe that the parent holds open for as long as it lives.
    """
    config = uvicorn.Config(
        application(service),
        loop="uvloop",
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
    server = uvicorn.Server(config)

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        reloads: set[asyncio.Task[None]] = set()

        def reload() -> None:
            task = asyncio.create_task(_reload(service))
            reloads.add(task)
            task.add_done_callback(reloads.discard)

        loop.add_signal_handler(signal.SIGHUP, reload)
        loop.add_reader(parent, _end, server, loop, parent)
        await server.serve(sockets=[listening])

    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(serve())


def _end(server: uvicorn.Server, loop: asyncio.AbstractEventLoop, parent: int) -> None:
    """End as if told to: the parent is gone."""
    loop.remove_reader(parent)
    server.should_exit = True


async def _reload(service: Service) -> None:
    """Take the bundle that lies there now, once it is read; the old one answers meanwhile."""
    try:
        state = await asyncio.to_thread(State.load, service.settings.bundle)
        state.answerer.check_like(service.state.answerer)
    except TruerunError as error:
        print(f"serve: worker {os.getpid()} goes on as it was: {error}", file=sys.stderr)
        return
    service.state = state
