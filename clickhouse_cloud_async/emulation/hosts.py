"""Checks of the hosts that an emulator listens on, and of Host headers."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable


def is_loopback(host: str) -> bool:
    """Return whether a host name or address can only be reached from this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class HostCheck:
    """Checks the Host header of requests.

    A web page can make its own host name resolve to a loopback address and then read the emulator's
    responses under that name (DNS rebinding). The browser still sends the page's name in ``Host``,
    so requests that name a host other than this machine's own are refused.

    Args:
        allowed: Further host names, without a port.
    """

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._allowed = frozenset(name.lower() for name in allowed)

    def allows(self, header: str | None) -> bool:
        """Return whether a request is allowed.

        Args:
            header: Its ``Host`` header; None if it has none, which no browser does.
        """
        if header is None:
            return True
        try:
            name = urlsplit(f"//{header}").hostname or ""
        except ValueError:
            return False
        return is_loopback(name) or name in self._allowed
