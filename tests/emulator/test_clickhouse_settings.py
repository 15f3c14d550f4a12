"""ClickHouse settings of services, and the schema of those that there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async.apis.clickhouse.emulator.services.clickhouse_settings import SETTINGS

if TYPE_CHECKING:
    from .client import Api


async def _path(api: Api) -> str:
    return f"{await api.service_path()}/clickhouseSettings"


async def test_settings(api: Api) -> None:
    """Only set settings are listed, as they were sent; a reset takes them away, also twice."""
    path = await _path(api)
    assert (await api("GET", path)).result["settings"] == []
    asked = {"max_threads": 4, "timezone": "UTC", "readonly": "1", "join_algorithm": "auto"}
    answer = (await api("PATCH", path, {"settings": asked})).result
    listed = (await api("GET", path)).result["settings"]

    assert answer["settings"] == asked
    assert [warning["name"] for warning in answer["warnings"]] == ["timezone"]
    assert {setting["name"]: setting["value"] for setting in listed} == asked
    assert (await api("GET", f"{path}/timezone")).result == {"name": "timezone", "value": "UTC"}
    assert [(await api("DELETE", f"{path}/timezone")).status for _ in range(2)] == [200, 200]
    assert (await api("GET", f"{path}/timezone")).status == 404
    assert (await api("DELETE", f"{path}/no_such_setting")).status == 404
    without = (await api("PATCH", path, {"settings": {"max_threads": 8}})).result
    assert without == {"settings": {"max_threads": 8}}


async def test_what_the_schema_shows_can_be_set(api: Api) -> None:
    """The schema has a few dozen settings; each takes its example, and what its choices are."""
    path = await _path(api)
    schema = (await api("GET", f"{path}/schema")).result["settings"]
    examples = {entry["name"]: entry["example"] for entry in schema}
    answer = (await api("PATCH", path, {"settings": examples})).result

    assert [entry["name"] for entry in schema] == list(SETTINGS)
    assert len(schema) >= 36
    told = [entry["name"] for entry in schema if {"warning", "deprecationNotice"} & entry.keys()]
    assert [warning["name"] for warning in answer["warnings"]] == told
    for entry in schema:
        for value in entry.get("enum", ()):
            chosen = await api("PATCH", path, {"settings": {entry["name"]: value}})
            assert chosen.result["settings"] == {entry["name"]: value}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "settings: must have at least 1 properties"),
        ({"no_such_setting": 1}, "settings.no_such_setting: cannot be configured"),
        ({"max_threads": "many"}, "settings.max_threads: must be a whole number"),
        ({"max_threads": 1.5}, "settings.max_threads: must be string or integer"),
        ({"max_threads": -1}, "settings.max_threads: must be at least 0"),
        ({"max_threads": 1025}, "settings.max_threads: must be at most 1024"),
        ({"max_block_size": 0}, "settings.max_block_size: must be at least 1"),
        ({"max_query_size": f"{2**64}"}, f"settings.max_query_size: must be at most {2**64 - 1}"),
        ({"async_insert": 2}, "settings.async_insert: must be one of 0, 1"),
        ({"max_bytes_ratio_before_external_sort": "1.5"}, "must be at most 1"),
        ({"max_bytes_ratio_before_external_sort": "half"}, "must be a number"),
        ({"load_balancing": "best"}, "settings.load_balancing: must be one of random,"),
        ({"timezone": ""}, "settings.timezone: must not be empty"),
        ({"readonly": 7}, "settings.readonly: must be one of 0, 1, 2"),
        ({"max_threads": 8, "readonly": 7}, "settings.readonly: must be one of 0, 1, 2"),
    ],
)
async def test_settings_are_checked(api: Api, settings: dict[str, Any], message: str) -> None:
    """Settings are set together or, where one cannot be set, not at all."""
    path = await _path(api)
    answer = await api("PATCH", path, {"settings": settings})

    assert answer.status == 400
    assert message in answer.error
    assert (await api("GET", path)).result["settings"] == []
