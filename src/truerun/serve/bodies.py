"""The body of a request, as long as it is no longer than it may be."""

from http import HTTPStatus

from fastapi import Request
from starlette.requests import ClientDisconnect

from truerun.serve.refusal import Refusal

CLOSE = {"Connection": "close"}  # what else comes is not read


async def read_body(request: Request, most: int) -> bytes:
    """The whole body.

    Raises
    ------
    Refusal
        If it is no JSON by its header, or longer than `most` bytes, said or found.
    """
    kind, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.strip().lower().replace('"', "")
    if kind.strip().lower() != "application/json" or charset not in ("", "charset=utf-8"):
        raise Refusal(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "the content type must be application/json",
            headers=CLOSE,
        )
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Refusal(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "the content must not be compressed", headers=CLOSE
        )
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > most:
        raise _too_long(most)
    parts: list[bytes] = []
    size = 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > most:
                raise _too_long(most)
            parts.append(part)
    except ClientDisconnect as error:
        raise Refusal(HTTPStatus.BAD_REQUEST, "the request was broken off") from error
    return b"".join(parts)


def _too_long(most: int) -> Refusal:
    return Refusal(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"the request is longer than {most:,} bytes: send fewer rows at a time",
        headers=CLOSE,
    )
