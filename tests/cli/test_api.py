"""``chcloud api``: any request by its path."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from clickhouse_cloud_async.apis.api7 import API7Emulator
from clickhouse_cloud_async.emulator import Emulator
from tests.client.stub import ORGANIZATION

from .program import environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.client.stub import Stub

    from .program import Program


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """Two services, and their key in the environment."""
    described = [{"name": "analytics", "state": "running"}, {"name": "etl", "state": "stopped"}]
    with Emulator(described, time_scale=0) as emulator:
        for name, value in environment(emulator).items():
            monkeypatch.setenv(name, value)
        yield emulator


def test_get(chcloud: Program, services: Emulator) -> None:
    """The organisation is filled in, and a service may be named; the response comes whole."""
    whole = chcloud("api", "get", "services/etl").json

    assert (whole["status"], whole["result"]["state"]) == (200, "stopped")
    organization = f"/v1/organizations/{services.organization_id}"
    assert chcloud("api", "GET", organization, "--query", "result.id", "-o", "name").lines == [
        services.organization_id
    ]


def test_query_parameters(chcloud: Program, services: Emulator) -> None:
    """Fields of a GET are its query, as what follows a question mark is."""
    assert chcloud("api", "GET", "services?filter=tag:a&filter=tag:b", "-f", "x=1 2").code == 0

    assert [*services.requests][-1].query == (
        ("filter", "tag:a"),
        ("filter", "tag:b"),
        ("x", "1 2"),
    )


def test_body(chcloud: Program, services: Emulator, tmp_path: Path) -> None:
    """A file makes the body, and fields win over it."""
    body = tmp_path / "body.yaml"
    body.write_text("name: one\nidleScaling: true\n")
    change = ("api", "PATCH", "services/etl", "--input", str(body), "-f", "name=two")

    shown = chcloud(*change, "-F", "releaseChannel:=null", "--dry-run", "--query", "body")
    assert json.loads(shown.out) == {"name": "two", "idleScaling": True, "releaseChannel": None}
    body.write_text('{"name": "one"}')
    assert chcloud(*change).json["result"]["name"] == "two"
    assert services.requests


def test_secrets(chcloud: Program, stub: Stub, tmp_path: Path, known: tuple[str, ...]) -> None:
    """A secret is refused on the command line, masked in a dry run and in errors, and sent."""
    assert chcloud("api", "POST", "/v1/x", "-f", "password=planted", *known).code == 2
    nested = chcloud("api", "POST", "/v1/x", "-F", 'a:=[{"token": "planted"}]', *known)
    assert nested.code == 2
    assert "planted" not in nested.err
    assert not stub.requests

    body = tmp_path / "body.json"
    body.write_text('{"source": {"password": "planted"}}')
    change = ("api", "POST", "/v1/x", "--input", str(body), *known)
    dry = chcloud(*change, "--dry-run")
    assert "planted" not in dry.out + dry.err
    sent: list[Any] = []

    async def refuse(request: web.Request) -> web.Response:
        sent.append(await request.json())
        return web.json_response({"error": "planted is no password"}, status=400)

    stub.handler = refuse
    refused = chcloud(*change)
    assert refused.code == 1
    assert "planted" not in refused.err
    assert sent == [{"source": {"password": "planted"}}]


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch, stub: Stub) -> tuple[str, ...]:
    """Options that lead to the stub, and a key in the environment."""
    monkeypatch.setenv("CLICKHOUSE_CLOUD_API_KEY", "key")
    monkeypatch.setenv("CLICKHOUSE_CLOUD_API_SECRET", "secret")
    return ("--url", stub.url, "--organization", ORGANIZATION)


@pytest.mark.parametrize("path", ["udfs", "/v1/new/things"])
def test_pages_by_cursor(chcloud: Program, stub: Stub, known: tuple[str, ...], path: str) -> None:
    """Pages are followed by their cursor, of lists that no contract has too, as far as wanted."""
    asked: list[str | None] = []

    async def answer(request: web.Request) -> web.Response:
        cursor = request.query.get("cursor")
        asked.append(cursor)
        page = int(cursor or "0")
        following = None if page == 2 else str(page + 1)
        items = [{"name": f"u{page}"}]
        return web.json_response(
            {"result": {"items": items, "pagination": {"nextCursor": following}}}
        )

    stub.handler = answer
    listing = ("api", "GET", path, "--paginate", "-o", "name", *known)

    assert chcloud(*listing).lines == ["u0", "u1", "u2"]
    assert asked == [None, "1", "2"]
    assert chcloud(*listing, "--limit", "2").lines == ["u0", "u1"]
    assert asked[3:] == [None, "1"]


def test_deletion_asks(chcloud: Program, services: Emulator) -> None:
    """Without a terminal a deletion needs ``--yes``."""
    refused = chcloud("api", "DELETE", "services/etl")
    assert refused.code == 2
    assert "--yes" in refused.err
    assert not services.requests

    assert chcloud("api", "DELETE", "services/etl", "--yes").json["status"] == 200


@pytest.mark.parametrize(
    "arguments",
    [
        ("FETCH", "services"),
        ("GET", "/v1/../x"),
        ("GET", "/v1/{nothing}"),
        ("GET", "services", "-f", "novalue"),
        ("GET", "services", "-F", "a:={"),
        ("GET", "services", "--input", "no-such-file"),
        ("POST", "services", "--input", "no-such-file"),
        ("POST", "services", "--paginate"),
    ],
)
def test_usage(chcloud: Program, services: Emulator, arguments: tuple[str, ...]) -> None:
    """What cannot be sent is wrong usage, and nothing is."""
    assert chcloud("api", *arguments).code == 2
    assert not services.requests


def test_another_api(chcloud: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other APIs have the command in their own group, with their own scopes."""
    with API7Emulator() as emulator:
        monkeypatch.setenv("API7_CLOUD_URL", emulator.url)
        monkeypatch.setenv("API7_CLOUD_TOKEN", emulator.token)

        listed = chcloud("api7", "api", "GET", "orgs/{id}/controlplanes", "--paginate").json
        path = "controlplanes/{control_plane_id}/apps"
        whole: dict[str, Any] = chcloud("api7", "api", "GET", path).json

    assert [each["id"] for each in listed] == [emulator.control_plane_id]
    assert whole["payload"]["list"] == []
