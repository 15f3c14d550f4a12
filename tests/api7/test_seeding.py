"""Descriptions of an emulator's initial content for API7 Cloud, and its strictness."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async import BadRequestError
from clickhouse_cloud_async.apis.api7 import API7Cloud, API7Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ORDERS: dict[str, Any] = {"name": "orders", "paths": [{"path": "/orders"}]}
RELEASE: dict[str, Any] = {"percent": 5, "canary_upstream_version": "default"}
DESCRIPTION: dict[str, Any] = {
    "applications": [
        {
            "name": "store",
            "apis": [ORDERS],
            "canary_releases": [
                {"name": "a", "state": "in_progress", **RELEASE},
                {"name": "b", **RELEASE},
            ],
        },
        {"name": "tenant", "count": 2},
    ],
    "consumers": [{"name": "mobile_app", "credentials": {"key-auth": {"key": "k"}}}],
    "gateways": ["edge-1", {"id": "edge-2", "configured": False}],
    "users": [{"email": "viewer@example.com", "role": "Viewer"}],
}


@pytest.fixture
def emulator() -> Iterator[API7Emulator]:
    """An emulator whose time stands still."""
    with API7Emulator(time_scale=0) as running:
        yield running


def test_description_is_there_and_ready(emulator: API7Emulator) -> None:
    """Everything that a description names is served, in its final state."""
    added = emulator.seed(DESCRIPTION)
    emulator.advance(11)
    with API7Cloud(added.users[0].token, base_url=emulator.url) as cloud:
        apps = cloud.applications.list(order_by="created_at", direction="ASC")
        releases = cloud.canary_releases.list(added.applications[0])

        assert [(app.name, app.status) for app in apps] == [
            ("store", 50),
            ("tenant-1", 50),
            ("tenant-2", 50),
        ]
        assert tuple(app.id for app in apps) == added.applications
        assert [api.status for api in cloud.apis.list(added.applications[0])] == [50]
        assert [release.state for release in releases] == ["paused", "in_progress"]
        assert [one.name for one in cloud.consumers.list()] == ["mobile_app"]
        states = [gateway.status for gateway in cloud.gateway_instances.list()]
        assert states == ["Healthy", "Only Heartbeats"]


@pytest.mark.parametrize("suffix", ["json", "yaml"])
def test_description_in_a_file(emulator: API7Emulator, tmp_path: Path, suffix: str) -> None:
    """A description may stand in a file; JSON is YAML, too."""
    file = tmp_path / f"description.{suffix}"
    file.write_text(json.dumps(DESCRIPTION), encoding="utf-8")

    assert len(emulator.seed(file).applications) == 3


@pytest.mark.parametrize(
    ("description", "message"),
    [
        ({"apps": []}, "the description: 'apps' is not known"),
        ({"applications": {}}, "applications: must be a list"),
        ({"applications": ["store"]}, r"applications\[0\]: must be an object"),
        ({"applications": [{"nam": "store"}]}, r"applications\[0\]: 'nam' is not known; .*apis"),
        ({"applications": [{"name": ""}]}, r"applications\[0\]\.name: must have at least 1"),
        ({"applications": [{"name": "a", "count": 0}]}, r"applications\[0\]\.count: must be"),
        (
            {"applications": [{"name": "a", "apis": [{"name": "b"}]}]},
            r"applications\[0\]\.apis\[0\]\.paths: is required",
        ),
        (
            {"applications": [{"name": "a", "canary_releases": [{"percent": 5}]}]},
            r"applications\[0\]\.canary_releases\[0\]: canary_upstream_version: no upstream",
        ),
        (
            {"consumers": [{"name": "ann"}, {"name": "ann"}]},
            r"consumers\[1\]: name: there is a consumer ann",
        ),
        ({"gateways": [3]}, r"gateways\[0\]: must be an object"),
        ({"gateways": [{"id": "g", "configured": 1}]}, r"gateways\[0\]: may only have an id"),
        ({"users": [{"role": "Viewer"}]}, r"users\[0\]\.email: must be a text"),
        ({"users": [{"email": "a@b.c", "role": "King"}]}, r"users\[0\]\.role: there is no role"),
    ],
)
def test_mistakes_in_descriptions_are_named(
    emulator: API7Emulator, description: dict[str, Any], message: str
) -> None:
    """The error names the path of a mistake, and nothing of the description is added."""
    with pytest.raises(ValueError, match=f"^{message}"):
        emulator.seed({"gateways": ["edge-1"], "applications": [{"name": "first"}], **description})

    emulator.advance(11)
    with API7Cloud(emulator.token, base_url=emulator.url) as cloud:
        assert cloud.applications.list() == []
        assert cloud.gateway_instances.list() == []


def test_strictness_follows_the_documentation_or_the_vendors_clients() -> None:
    """Documented, two commands show nothing and unknown fields are refused; the client copes."""
    with API7Emulator(time_scale=0, strictness="documented") as emulator:
        (app,) = emulator.seed({"applications": [{"name": "store"}]}).applications
        with API7Cloud(emulator.token, base_url=emulator.url) as cloud:
            body = {"name": "raw", "paths": [{"path": "/raw"}]}
            answer = cloud.request("POST", f"/api/v1/apps/{app}/apis", json=body).result
            consumer = cloud.consumers.create(name="ann")

            assert "payload" not in answer
            assert cloud.apis.create(app, **ORDERS).name == "orders"
            assert cloud.consumers.replace(consumer.id, name="ann", description="d").description
            with pytest.raises(BadRequestError, match="read_only: is not known here"):
                cloud.applications.update(app, description="d", extra={"read_only": 1})
