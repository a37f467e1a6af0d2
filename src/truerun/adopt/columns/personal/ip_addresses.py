"""IP addresses."""

import ipaddress
from collections.abc import Sequence

from truerun.adopt.columns.personal.kind import SOME, Kind, share

HEADERS = frozenset("ip ipaddress ipv4 ipv6 ipaddr".split())


def _is_address(text: str) -> bool:
    """Whether it is one, of version 4 or 6."""
    try:
        return bool(ipaddress.ip_address(text))
    except ValueError:
        return False


def _are_addresses(texts: Sequence[str]) -> bool:
    """Whether texts are addresses, which look like numbers of phones too."""
    return share(texts, _is_address) >= 1 - SOME


KIND = Kind(
    label="IP addresses",
    headers=HEADERS,
    pairs=(
        ("ip", "address"),
        ("ip", "addr"),
        ("client", "ip"),
    ),
    certified=_are_addresses,
    holds=_is_address,
)
