"""Proxies: which one is used for a request, and which are refused."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit
from urllib.request import getproxies, getproxies_environment, proxy_bypass

from .errors import ConfigurationError
from .urls import is_loopback

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*(?=://)", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9]([a-z0-9_.-]*[a-z0-9_.])?", re.IGNORECASE)
_EXCEPTION = re.compile(
    r"(?:\[(?P<bracketed>[^]]+)]|(?P<name>[^:[]+|[^[]*:[^[]*:[^[]*?))(?::(?P<port>\d+))?"
)
_PORTS = {"http": 80, "https": 443}

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def checked_proxy(url: str, origin: str) -> str:
    """Check the URL of a proxy.

    Args:
        url: The URL; it may hold a user and a password.
        origin: Where it comes from, for error messages.

    Raises:
        ConfigurationError: It is no http(s) URL of a host. The message does not show the URL, which
            may hold a password.
    """
    if not isinstance(url, str):
        raise ConfigurationError(f"{origin} must be a str, got {type(url).__name__}")
    scheme = _SCHEME.match(url)
    if scheme is None:
        raise ConfigurationError(
            f"{origin} has no scheme: it must look like http://proxy.example.com:3128"
        )
    if scheme[0].lower() not in _PORTS:
        raise ConfigurationError(
            f"{origin} is a {scheme[0].lower()} proxy: only http and https proxies are supported"
        )
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ConfigurationError(f"{origin} has no valid host and port") from None
    is_host = _HOST.fullmatch(host) is not None or _address(host) is not None
    is_plain = url.isprintable() and not any(each.isspace() for each in url)
    if not is_host or port == 0 or not is_plain:
        raise ConfigurationError(f"{origin} has no valid host and port")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ConfigurationError(f"{origin} must not have a path, a query or a fragment")
    return url


def proxy_for(base_url: str, explicit: str | None, *, trust_env: bool) -> str | None:
    """Return the proxy for requests to an origin; None for a direct connection.

    No proxy is used for this machine. As plain http is refused for all other hosts, a proxy only
    carries encrypted connections.

    Args:
        base_url: A URL of the origin.
        explicit: URL of a proxy that the program passes.
        trust_env: Whether environment variables for proxies apply without one.

    Raises:
        ConfigurationError: A variable does not contain the URL of a proxy.
    """
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if is_loopback(host):
        return None
    if explicit is not None or not trust_env:
        return explicit
    variables = getproxies_environment()
    if _is_exempt(host, parts.port or _PORTS[parts.scheme], variables.get("no", "")):
        return None
    for name in (parts.scheme, "all"):
        if name in variables:
            return checked_proxy(variables[name], f"the proxy in {name.upper()}_PROXY")
    return None


def leaks_credentials(base_url: str) -> bool:
    """Return whether a session with `trust_env` would send credentials to a proxy unencrypted.

    It would if the variables set one for plain http, and do not exempt this machine.

    Args:
        base_url: A URL of the origin.
    """
    parts = urlsplit(base_url)
    return (
        parts.scheme == "http" and "http" in getproxies() and not proxy_bypass(parts.hostname or "")
    )


def _is_exempt(host: str, port: int, exceptions: str) -> bool:
    """Return whether ``NO_PROXY`` names a host.

    It is a comma-separated list of ``*``, domains (with or without a leading dot, subdomains
    included), addresses and networks, each with or without a port.
    """
    return any(_names(each.strip().lower(), host, port) for each in exceptions.split(","))


def _names(pattern: str, host: str, port: int) -> bool:
    if pattern == "*":
        return True
    found = _EXCEPTION.fullmatch(pattern)
    if found is None or (found["port"] and int(found["port"]) != port):
        return False
    name = found["bracketed"] or found["name"]
    address = _address(host)
    if address is not None:
        network = _network(name)
        return network is not None and address in network
    domain = name.strip(".")
    return domain != "" and f".{host.rstrip('.')}".endswith(f".{domain}")


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _network(text: str) -> Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
