"""Creates TLS contexts from files: trusted authorities and the client's certificate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .errors import ConfigurationError

if TYPE_CHECKING:
    import ssl
    from os import PathLike


def checked_file(path: str | PathLike[str], origin: str) -> str:
    """Check that a file exists.

    Args:
        path: The file.
        origin: Origin of its name, for error messages.

    Raises:
        ConfigurationError: It is not a path, or there is no such file.
    """
    import os

    if not isinstance(path, (str, os.PathLike)):
        raise ConfigurationError(f"{origin} must be a path, got {type(path).__name__}")
    if not Path(path).is_file():
        raise ConfigurationError(f"{origin}: there is no file {os.fspath(path)!r}")
    return os.fspath(path)


def make_context(
    ca_bundle: str | None, client_cert: str | None, client_key: str | None
) -> ssl.SSLContext:
    """Create a TLS context from files.

    Args:
        ca_bundle: Certificates of the authorities that are trusted; None for the system's.
        client_cert: The client's certificate, with its chain.
        client_key: Its key; None if it is in the same file.

    Raises:
        ConfigurationError: A file lacks the expected content.
    """
    import ssl

    try:
        context = ssl.create_default_context(cafile=ca_bundle)
    except (OSError, ssl.SSLError):
        raise ConfigurationError(f"{ca_bundle} holds no certificates in PEM format") from None
    if client_cert is not None:
        try:
            # An empty password, because otherwise OpenSSL would prompt for one.
            context.load_cert_chain(client_cert, client_key, password="")
        except (OSError, ssl.SSLError):
            raise ConfigurationError(
                f"{client_cert} and {client_key or 'the same file'} hold no certificate with its"
                " key, in PEM format and without a password"
            ) from None
    return context
