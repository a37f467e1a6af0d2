"""IP addresses."""

import ipaddress

from truerun.adopt.columns.personal.kind import Kind

HEADERS = frozenset("ip ipaddress ipv4 ipv6 ipaddr".split())


def _is_address(text: str) -> bool:
    """Whether it is one, of version 4 or 6."""
    try:
        return bool(ipaddress.ip_address(text))
    except ValueError:
        return False


KIND = Kind(
    label="IP addresses",
    headers=HEADERS,
    pairs=(
        ("ip", "address"),
        ("ip", "addr"),
        ("client", "ip"),
    ),
    holds=_is_address,
)
