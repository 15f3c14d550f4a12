"""The connection settings of a service for a driver."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import attrs

from clickhouse_cloud_async.apis.clickhouse.models.services import ServicePostResponse
from clickhouse_cloud_async.core.errors import InvalidArgumentError, NotFoundError
from clickhouse_cloud_async.core.values import MASK, Secret

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from clickhouse_cloud_async.apis.clickhouse.models.services import Service, ServiceEndpoint

_URLS: Final[Mapping[str, str]] = {
    "https": "https://{}",
    "nativesecure": "clickhouse://{}/?secure=true",
    "mysql": "mysql://{}",
}
"""URLs as drivers of each protocol read them."""

EMULATED_HOST: Final = "127.0.0.1"
"""Hosts of emulated services, which have no TLS; no real service has one of them."""


@attrs.frozen(kw_only=True)
class ServiceConnection:
    """The connection settings of a service.

    Attributes:
        service_id: ID of the service.
        protocol: Protocol of the endpoint: `https`, `nativesecure` or `mysql`.
        host: Host name of the endpoint.
        port: Port of the endpoint.
        user: Name of the database user.
        password: Password of the user; None if it was not given.
        secure: Whether the connection is encrypted with TLS. True for all known protocols, except
            for services that an emulator serves on this machine.
    """

    service_id: str
    protocol: str
    host: str
    port: int
    user: str
    password: Secret | None = None
    secure: bool = True

    def url(self, *, reveal: bool = False) -> str:
        """Return the connection as a URL, for drivers, `.env` files and dbt profiles.

        Args:
            reveal: Whether the URL contains the password itself; by default it contains asterisks,
                so that it can be logged.

        Returns:
            The URL: `https://`, `clickhouse://` for the native protocol, or `mysql://`.
        """
        password = ""
        if self.password is not None:
            password = f":{quote(self._shown(reveal=reveal), safe='*')}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        template = _URLS.get(self.protocol, f"{self.protocol}://{{}}")
        if not self.secure:
            template = template.replace("https:", "http:")
        return template.format(f"{quote(self.user, safe='')}{password}@{host}:{self.port}")

    def env(self, *, reveal: bool = False) -> str:
        """Return the connection as the text of a `.env` file, quoted as shells read it.

        The variables are `CLICKHOUSE_HOST`, `CLICKHOUSE_PORT`, `CLICKHOUSE_SECURE`,
        `CLICKHOUSE_USER` and, if there is a password, `CLICKHOUSE_PASSWORD`.

        Args:
            reveal: Whether the text holds the password itself; by default it holds asterisks.

        Returns:
            A line for each variable.
        """
        values = {
            "HOST": self.host,
            "PORT": str(self.port),
            "SECURE": str(self.secure).lower(),
            "USER": self.user,
            **({} if self.password is None else {"PASSWORD": self._shown(reveal=reveal)}),
        }
        return "".join(f"CLICKHOUSE_{name}={shlex.quote(each)}\n" for name, each in values.items())

    def dbt(self, *, schema: str = "default", reveal: bool = False) -> dict[str, object]:
        """Return the connection as a target of a profile of dbt's adapter for ClickHouse.

        Args:
            schema: The database that dbt builds in.
            reveal: Whether the target holds the password itself; by default it holds asterisks.

        Returns:
            The values to put under the target's name in `profiles.yml`.
        """
        return {
            "type": "clickhouse",
            "driver": "native" if self.protocol == "nativesecure" else "http",
            "host": self.host,
            "port": self.port,
            "user": self.user,
            **({} if self.password is None else {"password": self._shown(reveal=reveal)}),
            "secure": self.secure,
            "schema": schema,
        }

    def _shown(self, *, reveal: bool) -> str:
        if self.password is None:
            return ""
        return self.password.reveal() if reveal else MASK


def connection_of(
    service: Service, *, user: str, password: Secret | None, protocol: str
) -> ServiceConnection:
    """Return the connection settings of a service for a driver.

    Args:
        service: The service.
        user: Name of the database user.
        password: Password of the user.
        protocol: Protocol of the endpoint.

    Raises:
        NotFoundError: The service has no endpoint of the protocol.
    """
    for endpoint in service.endpoints or ():
        if endpoint.protocol == protocol and _is_complete(endpoint):
            return ServiceConnection(
                service_id=service.id,
                protocol=protocol,
                host=endpoint.host,
                port=int(endpoint.port),
                user=user,
                password=password,
                secure=endpoint.host != EMULATED_HOST,
            )
    known = ", ".join(each.protocol for each in service.endpoints or () if _is_complete(each))
    error = NotFoundError(
        f"service {service.name!r} ({service.state}) has no endpoint of the protocol {protocol!r};"
        f" it has {known or 'none yet'}"
    )
    if protocol == "mysql":
        error.hint = 'enable it with services.update(..., endpoints=[{"protocol": "mysql", ...}])'
    elif not known:
        error.hint = 'wait for the service with services.wait_until(..., "running")'
    raise error


def access_to(
    service: str | UUID | ServicePostResponse, password: Secret | None
) -> tuple[str, Secret | None]:
    """Return the ID or name of a service, and its password if it is known.

    Args:
        service: ID or exact name, or the response of a creation, with its initial password.
        password: The password, if the caller has one.
    """
    if isinstance(service, ServicePostResponse):
        return service.service.id, service.password if password is None else password
    return str(service), password


def check_user(user: object) -> None:
    """Check the name of a database user before anything is sent.

    Raises:
        InvalidArgumentError: The name is not text, or is empty.
    """
    if not isinstance(user, str) or not user:
        raise InvalidArgumentError(f"user must be the name of a database user, got {user!r}")


def _is_complete(endpoint: ServiceEndpoint) -> bool:
    """Return whether host and port are known; a response may lack fields that are required."""
    return bool(endpoint.host) and bool(endpoint.port)
