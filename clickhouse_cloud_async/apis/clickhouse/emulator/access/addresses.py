"""Access lists: the addresses from which callers may connect."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulation.problems import bad_request

if TYPE_CHECKING:
    from collections.abc import Iterable
    from ipaddress import IPv4Address, IPv4Network, IPv6Network

    from clickhouse_cloud_async.emulation.json_values import JsonObject


def check_sources(field: str, entries: Iterable[JsonObject]) -> None:
    """Check that the entries of a list are addresses.

    Args:
        field: The field of the list in the request.
        entries: Its entries.

    Raises:
        Problem: 400 if one is neither an address nor a range of them.
    """
    for index, entry in enumerate(entries):
        if _network(entry.get("source", "")) is None:
            raise bad_request(
                f"{field}[{index}].source: must be an IP address or a range in CIDR notation"
            )


def contains(entries: Iterable[JsonObject], peer: str) -> bool:
    """Return whether an entry of a list contains a caller's address."""
    address = _address(peer)
    return address is not None and any(
        (network := _network(entry["source"])) is not None and address in network
        for entry in entries
    )


@lru_cache(maxsize=1024)
def _network(source: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(source.strip(), strict=False)
    except ValueError:
        return None


@lru_cache(maxsize=1024)
def _address(peer: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(peer)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
