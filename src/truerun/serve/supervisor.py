"""The process that starts those that answer, replaces one that dies, and hands signals on."""

import gc
import os
import signal
import socket
import sys
import time
from contextlib import suppress

from truerun.base.errors import ServeError, TruerunError
from truerun.serve import worker
from truerun.serve.app import Service
from truerun.serve.counters import Counters
from truerun.serve.settings import ServeSettings
from truerun.serve.state import State

SIGNALS = {signal.SIGCHLD, signal.SIGHUP, signal.SIGINT, signal.SIGTERM}
BACKLOG = 2048  # connections that wait to be accepted
QUICK = 1.0  # seconds: a worker that dies sooner is not replaced at once


def run(settings: ServeSettings) -> None:
    """Answer requests until SIGTERM or SIGINT.

    Raises
    ------
    TruerunError
        If the bundle cannot answer, or the address cannot be had.
    """
    state = State.load(settings)
    with _listening(settings) as listening:
        Supervisor(settings, state, listening).run()


class Supervisor:
    """Workers by their process, and the model that a new one begins with."""

    def __init__(self, settings: ServeSettings, state: State, listening: socket.socket) -> None:
        self._settings, self._state, self._listening = settings, state, listening
        self._counters = Counters(state.answerer, settings.workers)
        self._workers: dict[int, tuple[int, float]] = {}  # number and start by process
        self._reading, self._writing = os.pipe()  # workers see by it that this process is gone

    def run(self) -> None:
        """Start the workers, and wait for signals."""
        gc.collect()
        gc.freeze()  # else each worker's first collection copies all pages that it shares
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        for number in range(self._settings.workers):
            self._start(number)
        host, port = self._listening.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        print(
            f"serve: http://{shown}:{port} answers by model"
            f" {self._state.answerer.predictor.version}, {self._settings.workers} workers;"
            f" process {os.getpid()}",
            flush=True,
        )
        while True:
            match signal.sigwait(SIGNALS):
                case signal.SIGCHLD:
                    self._replace_dead()
                case signal.SIGHUP:
                    self._reload()
                case _:
                    self._end()
                    return

    def _start(self, number: int) -> None:
        """Fork a worker; it has the model, the socket and the counts."""
        sys.stdout.flush()
        process = os.fork()
        if process:
            self._workers[process] = (number, time.monotonic())
            return
        status = 1
        try:
            os.close(self._writing)
            for each in SIGNALS:
                signal.signal(each, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            service = Service(number, self._settings, self._state, self._counters)
            worker.run(service, self._listening, self._reading)
            status = 0
        except KeyboardInterrupt:
            status = 130
        except BaseException:  # noqa: BLE001 - nothing of the parent's may run in a fork
            sys.excepthook(*sys.exc_info())
        finally:
            sys.stderr.flush()
            os._exit(status)

    def _replace_dead(self) -> None:
        """Start another worker for each that is gone."""
        with suppress(ChildProcessError):
            while True:
                process, status = os.waitpid(-1, os.WNOHANG)
                if not process:
                    return
                if process in self._workers:
                    number, begun = self._workers.pop(process)
                    code = os.waitstatus_to_exitcode(status)
                    print(f"serve: worker {process} is gone ({code})", file=sys.stderr, flush=True)
                    if time.monotonic() - begun < QUICK:
                        time.sleep(QUICK)
                    self._start(number)

    def _reload(self) -> None:
        """Take the bundle that lies there now, if it can answer, and have the workers do so."""
        try:
            state = State.load(self._settings)
            state.answerer.check_like(self._state.answerer)
        except TruerunError as error:
            version = self._state.answerer.predictor.version
            print(f"serve: model {version} goes on: {error}", file=sys.stderr, flush=True)
            return
        self._state = state
        self._signal(signal.SIGHUP)
        print(f"serve: model {state.answerer.predictor.version} answers from now on", flush=True)

    def _end(self) -> None:
        """Have the workers answer what they have begun, and wait for them."""
        self._signal(signal.SIGTERM)
        for process in list(self._workers):
            with suppress(ChildProcessError):
                os.waitpid(process, 0)

    def _signal(self, number: signal.Signals) -> None:
        for process in self._workers:
            with suppress(ProcessLookupError):
                os.kill(process, number)


def _listening(settings: ServeSettings) -> socket.socket:
    """A socket that takes connections."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(BACKLOG)
        except OSError:
            listening.close()
            raise
    except OSError as error:
        raise ServeError(
            f"cannot listen on {settings.host}, port {settings.port}: {error.strerror or error}"
        ) from error
    listening.setblocking(False)
    return listening
