"""The body of a request, as long as it is no longer than it may be."""

from http import HTTPStatus

from starlette.types import Receive, Scope

from truerun.serve.refusal import Refusal

CLOSE = {"Connection": "close"}  # what else comes is not read


async def read_body(scope: Scope, receive: Receive, most: int) -> bytes:
    """The whole body of a request.

    Raises
    ------
    Refusal
        If it is no JSON by its header, or longer than `most` bytes, said or found.
    """
    first = dict(reversed(scope["headers"]))  # of a header that is there twice, the first counts
    headers = {name: value.decode("latin-1") for name, value in first.items()}
    kind, _, parameters = headers.get(b"content-type", "").partition(";")
    charset = parameters.strip().lower().replace('"', "")
    if kind.strip().lower() != "application/json" or charset not in ("", "charset=utf-8"):
        raise Refusal(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "the content type must be application/json",
            headers=CLOSE,
        )
    if headers.get(b"content-encoding", "identity").lower() != "identity":
        raise Refusal(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "the content must not be compressed", headers=CLOSE
        )
    length = headers.get(b"content-length", "")
    if length.isdecimal() and int(length[:20]) > most:
        raise _too_long(most)
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refusal(HTTPStatus.BAD_REQUEST, "the request was broken off")
        part = message.get("body", b"")
        size += len(part)
        if size > most:
            raise _too_long(most)
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def _too_long(most: int) -> Refusal:
    return Refusal(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"the request is longer than {most:,} bytes: send fewer rows at a time",
        headers=CLOSE,
    )
