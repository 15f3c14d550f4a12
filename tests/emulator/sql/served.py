"""A service that answers SQL, and requests to it as a program such as curl sends them."""

from __future__ import annotations

import http.client
import json
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode, urlsplit

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clickhouse_cloud_async import ClickHouseCloud
    from clickhouse_cloud_async.emulator import Emulator

T = TypeVar("T")

TIME_LIMIT = 120.0
"""Seconds for a request, on a machine with much else to do."""


@attrs.frozen
class Answer:
    """A response: status, headers by lower-case name, and body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def code(self) -> str | None:
        """The number of ClickHouse's error."""
        return self.headers.get("x-clickhouse-exception-code")


@attrs.frozen
class Served:
    """A service that answers SQL.

    Args:
        id: Its id.
        host: Where it listens.
        port: At which port.
        password: Its password.
    """

    id: str
    host: str
    port: int
    password: str = attrs.field(repr=False)

    @classmethod
    def of(cls, cloud: ClickHouseCloud, name: str) -> Served:
        """Give a service a password, and find out where it listens."""
        connection = cloud.services.connection(name)
        assert not connection.secure
        password = cloud.services.reset_password(connection.service_id).password
        assert password is not None
        return cls(connection.service_id, connection.host, connection.port, password.reveal())

    def query(
        self,
        sql: str | bytes,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        method: str = "POST",
        password: str | None = None,
        **parameters: str,
    ) -> Answer:
        """Send a statement: in the body, or in the URL where there is a body or none can be.

        Args:
            sql: The statement.
            body: What follows it, such as the data of an insert.
            headers: Further headers.
            method: HTTP method.
            password: Another password than that of the service.
            **parameters: Parameters of the HTTP interface.
        """
        if body is not None or method != "POST":
            parameters["query"] = sql if isinstance(sql, str) else sql.decode()
        elif body is None:
            body = sql.encode() if isinstance(sql, str) else sql
        credentials = f"default:{self.password if password is None else password}"
        sent = {"Authorization": f"Basic {b64encode(credentials.encode()).decode()}"}
        url = f"http://{self.host}:{self.port}/?{urlencode(parameters)}"
        return send(method, url, body=body, headers=sent | dict(headers or {}))

    def rows(self, sql: str, **parameters: str) -> list[list[Any]]:
        """Return the rows of a query."""
        options: dict[str, Any] = {"default_format": "JSONCompactEachRow", **parameters}
        answer = self.query(sql, **options)
        assert answer.status == 200, answer.text
        return [json.loads(line) for line in answer.body.splitlines()]

    def value(self, sql: str, **parameters: str) -> Any:
        """Return the only value of a query."""
        [[value]] = self.rows(sql, **parameters)
        return value

    def run(self, *statements: str) -> None:
        """Carry statements out."""
        for statement in statements:
            answer = self.query(statement)
            assert answer.status == 200, answer.text


def send(
    method: str, url: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> Answer:
    """Send a request and return the response as it is, still compressed."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=TIME_LIMIT)
    try:
        target = f"{parts.path or '/'}?{parts.query}"
        connection.request(method, target, body=body, headers=dict(headers or {}))
        response = connection.getresponse()
        names = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, names, response.read())
    finally:
        connection.close()


def while_waking(
    emulator: Emulator, cloud: ClickHouseCloud, service_id: str, ask: Callable[[], T]
) -> T:
    """Return what a request returns that waits for a service, whose time is moved on for it.

    Args:
        emulator: The emulator, whose time stands still.
        cloud: A client of it.
        service_id: The service, which is idle.
        ask: Sends the request.
    """
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask)
        while cloud.services.get(service_id).state != "running" and not asked.done():
            emulator.advance(1)
        return asked.result(TIME_LIMIT)
