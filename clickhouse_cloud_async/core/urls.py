"""Normalises base URLs, and checks that they are safe for credentials."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from .errors import ConfigurationError

_PLAIN_PATH = re.compile(r"[A-Za-z0-9._~%!$&'()*+,;=:@/-]*")


def normalise_base_url(url: str, version_path: str, origin: str = "the base URL") -> str:
    """Check a base URL and normalise it to ``scheme://host[:port][/prefix]``.

    Args:
        url: The URL, with or without the version segment.
        version_path: Path segment that every operation's path starts with, such as ``/v1``.
        origin: Origin of the URL, for error messages.

    Raises:
        ConfigurationError: It is not an http(s) URL, it contains credentials, a query or a
            fragment, or it is plain http to a host that is not this machine.
    """
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ConfigurationError(f"{origin} has no valid host and port") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise ConfigurationError(f"{origin} must look like https://api.example.com")
    if parts.username is not None or parts.password is not None:
        raise ConfigurationError(f"{origin} must not carry credentials")
    if parts.query or parts.fragment:
        raise ConfigurationError(f"{origin} must not have a query or a fragment")
    if parts.scheme == "http" and not is_loopback(host):
        raise ConfigurationError(
            f"{origin} is plain http: refusing to send credentials to {host} unencrypted, use https"
        )
    path = parts.path.rstrip("/").removesuffix(version_path).rstrip("/")
    if not _PLAIN_PATH.fullmatch(path) or {".", ".."} & set(path.split("/")):
        raise ConfigurationError(
            f"the path of {origin} must be percent-encoded and have no dot segments"
        )
    return f"{parts.scheme}://{parts.netloc}{path}"


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine.

    Args:
        host: Name or address, as in a URL but without brackets.
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
