"""Settings of HTTP connections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from .errors import ConfigurationError
from .numbers import is_number, is_whole
from .proxies import checked_proxy, proxy_for
from .tls import checked_file, make_context

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping
    from os import PathLike

    from .settings import ConnectionSetting


@attrs.frozen(kw_only=True)
class HTTPOptions:
    """Settings of HTTP connections.

    Attributes:
        proxy: URL of an http or https proxy; None connects directly, or through the proxy in the
            environment if `trust_env` is set. Loopback addresses are never reached through a proxy.
        ssl_context: TLS settings; None verifies certificates against the system's authorities.
        ca_bundle: File with the certificates of the authorities to trust instead of the system's.
        client_cert: File with a certificate of the client, if the server or a gateway in front of
            it requires one.
        client_key: File with the certificate's key; None if the key is in the same file as the
            certificate. A key must not have a password.
        max_connections: Maximum number of open connections.
        keepalive_timeout: Seconds for which an idle connection is kept open.
        trust_env: Whether to use ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY``, also in lower
            case.
        connect_timeout: Seconds for making a connection, including TLS; None for no limit.
        read_timeout: Maximum time without data during a response, in seconds; None for no limit.

    Raises:
        ConfigurationError: A number is not positive, the proxy is not an http(s) URL, a file does
            not exist, an option is of the wrong type, or two options contradict each other.
    """

    proxy: str | None = attrs.field(default=None, repr=False)
    ssl_context: ssl.SSLContext | None = attrs.field(default=None, repr=False)
    ca_bundle: str | PathLike[str] | None = None
    client_cert: str | PathLike[str] | None = None
    client_key: str | PathLike[str] | None = None
    max_connections: int = 100
    keepalive_timeout: float = 30.0
    trust_env: bool = False
    connect_timeout: float | None = 10.0
    read_timeout: float | None = 30.0

    def __attrs_post_init__(self) -> None:
        if self.proxy is not None:
            checked_proxy(self.proxy, "proxy")
        if self.ssl_context is not None and not _is_ssl_context(self.ssl_context):
            kind = type(self.ssl_context).__name__
            raise ConfigurationError(f"ssl_context must be an ssl.SSLContext, got a {kind}")
        self._check_files()
        if not is_whole(self.max_connections) or self.max_connections < 1:
            raise ConfigurationError(
                f"max_connections must be a whole number from 1, got {self.max_connections!r}"
            )
        if not isinstance(self.trust_env, bool):
            raise ConfigurationError(f"trust_env must be True or False, got {self.trust_env!r}")
        for name in ("connect_timeout", "read_timeout", "keepalive_timeout"):
            limit: float | None = getattr(self, name)
            is_missing = limit is None and name != "keepalive_timeout"
            if not is_missing and not (is_number(limit) and limit > 0):
                raise ConfigurationError(
                    f"{name} must be a number of seconds above 0, got {limit!r}"
                )

    def for_origin(self, base_url: str) -> HTTPOptions:
        """Return these options with the proxy that options and environment set for an origin.

        Args:
            base_url: A URL of the origin.

        Returns:
            Options that no longer depend on the environment.

        Raises:
            ConfigurationError: A variable does not contain the URL of a proxy.
        """
        proxy = proxy_for(base_url, self.proxy, trust_env=self.trust_env)
        return attrs.evolve(self, proxy=proxy, trust_env=False)

    def completed(self, settings: Mapping[str, ConnectionSetting]) -> HTTPOptions:
        """Return these options, completed with settings from the environment or a profile.

        Args:
            settings: The settings by name; options that are set take precedence.

        Raises:
            ConfigurationError: A setting cannot be used; the error says where it comes from.
        """
        missing = {name: each for name, each in settings.items() if getattr(self, name) is None}
        if self.ssl_context is not None:
            missing = {name: each for name, each in missing.items() if name == "proxy"}
        if self.client_cert is not None:
            missing.pop("client_key", None)
        for name, (value, origin) in missing.items():
            check = checked_proxy if name == "proxy" else checked_file
            check(value, origin)
        values: dict[str, Any] = {name: each.value for name, each in missing.items()}
        return attrs.evolve(self, **values)

    def with_context(self) -> HTTPOptions:
        """Return these options with a TLS context made from their files.

        Raises:
            ConfigurationError: A file lacks the expected content.
        """
        if self.ca_bundle is None and self.client_cert is None:
            return self
        names = (self.ca_bundle, self.client_cert, self.client_key)
        context = make_context(*(None if name is None else str(name) for name in names))
        return attrs.evolve(
            self, ssl_context=context, ca_bundle=None, client_cert=None, client_key=None
        )

    def _check_files(self) -> None:
        files = {name: getattr(self, name) for name in ("ca_bundle", "client_cert", "client_key")}
        for name, file in files.items():
            if file is not None:
                checked_file(file, name)
                if self.ssl_context is not None:
                    raise ConfigurationError(
                        f"{name} and ssl_context are both passed: load the file into the context"
                    )
        if self.client_key is not None and self.client_cert is None:
            raise ConfigurationError("client_key is passed without client_cert")


def _is_ssl_context(value: object) -> bool:
    import ssl

    return isinstance(value, ssl.SSLContext)
