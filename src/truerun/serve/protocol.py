"""HTTP as uvicorn has it, but with bounds on what comes before a body: it sets none."""

from asyncio import TimerHandle
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD = 64 * 1024  # bytes of request line and headers, as other servers have it
SECONDS = 20.0  # for them to arrive


class BoundedProtocol(HttpToolsProtocol):
    """Ends a connection whose headers are too long, or take too long."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._head = 0  # bytes since the last request was whole
        self._timer: TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Give the first request its time."""
        super().connection_made(transport)
        self._timer = self.loop.call_later(SECONDS, self._give_up)

    def data_received(self, data: bytes) -> None:
        """Count what comes, unless it belongs to a body."""
        if self._head >= 0:
            self._head += len(data)
            if self._head - len(data) > MOST_HEAD:
                self._give_up()
                return
            if self._timer is None:
                self._timer = self.loop.call_later(SECONDS, self._give_up)
        super().data_received(data)

    def on_headers_complete(self) -> None:
        """Stop counting: how long a body may be is the service's to say."""
        self._head = -1
        self._stop_timer()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Begin anew for the next request."""
        super().on_message_complete()
        self._head = 0

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timer."""
        self._stop_timer()
        super().connection_lost(exc)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self.transport.close()
