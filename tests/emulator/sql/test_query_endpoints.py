"""Query endpoints: statements by HTTP with an API key."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async.models import QueryEndpointRole

from .served import Answer, Served, send, while_waking

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clickhouse_cloud_async import ClickHouseCloud
    from clickhouse_cloud_async.emulator import Emulator


class Key:
    """An API key that may use query endpoints, and requests with it."""

    def __init__(self, cloud: ClickHouseCloud, url: str) -> None:
        made = cloud.api_keys.create(
            name="queries",
            roles=["query_endpoints"],
            ip_access_list=[{"source": "0.0.0.0/0", "description": "anywhere"}],
        )
        assert made.key_id is not None
        assert made.key_secret is not None
        self.id = made.key.id
        self.header = _basic(made.key_id, made.key_secret.reveal())
        self._url = url

    def run(self, path: str, body: dict[str, Any], **headers: str) -> Answer:
        """Send a request with the key."""
        sent = {"Authorization": self.header} | headers
        return send("POST", f"{self._url}{path}", body=json.dumps(body).encode(), headers=sent)


def _basic(user: str, password: str) -> str:
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"


@pytest.fixture(scope="module")
def key(sql_cloud: ClickHouseCloud, sql_emulator: Emulator) -> Iterator[Key]:
    """A key that is bound to the query endpoints of all services."""
    made = Key(sql_cloud, sql_emulator.url)
    services = [service.id for service in sql_cloud.services.list()]
    for service in services:
        sql_cloud.query_endpoints.set(service, roles=["sql_console_admin"], open_api_keys=[made.id])
    yield made
    for service in services:  # other tests need other roles
        sql_cloud.query_endpoints.delete(service)


def test_a_statement_with_a_key(key: Key, main: Served) -> None:
    """A bound key runs statements, in the format and with the variables that are asked for."""
    path = f"/service/{main.id}/run"
    assert key.run(path, {"sql": "SELECT 1 AS x"}).json == {"x": 1}
    assert key.run(f"{path}?format=CSV", {"sql": "SELECT 'a'"}).text == '"a"\n'
    body = {"sql": "SELECT {n:UInt8} + 1", "queryVariables": {"n": 4}, "database": "system"}
    assert key.run(f"{path}?format=TSV", body).text == "5\n"
    error = key.run(path, {"sql": "SELECT nothing"})
    assert (error.status, error.json["error"]["code"]) == (404, "47")
    assert key.run(path, {}).status == 400


def test_only_bound_keys(
    key: Key, main: Served, sql_cloud: ClickHouseCloud, sql_emulator: Emulator
) -> None:
    """Another key is refused, and so are credentials that are none."""
    other = Key(sql_cloud, sql_emulator.url)
    path = f"/service/{main.id}/run"
    assert other.run(path, {"sql": "SELECT 1"}).status == 403
    assert key.run(path, {"sql": "SELECT 1"}, Authorization=_basic("a", "b")).status == 401
    assert key.run(f"/service/{key.id}/run", {"sql": "SELECT 1"}).status == 404


def test_a_role_that_only_reads(key: Key, main: Served, sql_cloud: ClickHouseCloud) -> None:
    """Statements run with the rights of the endpoint's roles."""
    roles = {
        QueryEndpointRole.SQL_CONSOLE_READ_ONLY: "164",
        QueryEndpointRole.SQL_CONSOLE_ADMIN: None,
    }
    for role, code in roles.items():
        sql_cloud.query_endpoints.set(main.id, roles=[role], open_api_keys=[key.id])
        made = key.run(f"/service/{main.id}/run", {"sql": "CREATE DATABASE IF NOT EXISTS made"})
        assert (made.json["error"]["code"] if made.status != 200 else None) == code


def test_an_idle_service_wants_a_confirmation(
    key: Key, sql_cloud: ClickHouseCloud, sql_emulator: Emulator
) -> None:
    """An idle service answers 206, and wakes with the header; a stopped one is unavailable."""
    asleep = sql_cloud.services.get_by_name("woken by a key").id
    path = f"/service/{asleep}/run"
    asked = key.run(path, {"sql": "SELECT 1 AS x"})
    assert (asked.status, asked.json) == (206, {"data": "Confirm wake service"})
    confirmed = {"wake-service": "true"}
    answer = while_waking(
        sql_emulator, sql_cloud, asleep, lambda: key.run(path, {"sql": "SELECT 1"}, **confirmed)
    )
    assert answer.json == {"1": 1}
    sql_emulator.advance(minutes=20)
    assert sql_cloud.services.get(asleep).state == "idle"
    stopped = sql_cloud.services.get_by_name("stopped").id
    assert key.run(f"/service/{stopped}/run", {"sql": "SELECT 1"}).status == 404


def test_a_query_api_endpoint(
    key: Key, main: Served, sql_cloud: ClickHouseCloud, sql_emulator: Emulator
) -> None:
    """A Query API endpoint runs its own statement at its URL, for pages of allowed origins too."""
    made = sql_cloud.query_api_endpoints.create(
        main.id,
        name="plus",
        sql="SELECT {a:UInt8} + {b:UInt8} AS x",
        database="default",
        parameters={"a": "1", "b": "1"},
        roles=["sql_console_read_only"],
        api_key_ids=[key.id],
        allowed_origins=["https://shop.example"],
    )
    assert key.run(f"/run/{made.id}", {}).json == {"x": 2}
    assert key.run(f"/run/{made.id}?format=TSV&param_a=3", {}).text == "4\n"
    assert key.run(f"/run/{made.id}", {"queryVariables": {"b": 9}}).json == {"x": 10}

    allowed = "access-control-allow-origin"
    for origin, expected in (("https://shop.example", "https://shop.example"), ("http://x", None)):
        page = {"Origin": origin}
        assert key.run(f"/run/{made.id}", {}, **page).headers.get(allowed) == expected
        refused = key.run(f"/run/{made.id}", {}, Authorization=_basic("a", "b"), **page)
        assert (refused.status, refused.headers.get(allowed)) == (401, expected)
        asked = page | {"Access-Control-Request-Headers": "authorization"}
        preflight = send("OPTIONS", f"{sql_emulator.url}/run/{made.id}", headers=asked)
        assert (preflight.status, preflight.headers.get(allowed)) == (204, expected)
