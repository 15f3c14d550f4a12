"""Named endpoints of the Query API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulator import Emulator

from .program import Clickhousectl

if TYPE_CHECKING:
    from pathlib import Path


def test_life(ctl: Clickhousectl, etl: str) -> None:
    """An endpoint is created, replaced as a whole and deleted."""
    key = ctl("key", "create", "--name", "reader")["key"]["id"]
    body = {
        "name": "top customers",
        "sql": "SELECT {n:UInt8}",
        "database": "default",
        "apiKeyIds": [key],
        "roles": ["sql_console_read_only"],
        "parameters": {"n": "1"},
    }
    created = ctl("query-api-endpoint", "create", etl, "--file", "-", file=body)
    shown = ctl("query-api-endpoint", "get", etl, created["id"])
    assert shown["sql"] == body["sql"]
    assert shown["parameters"] == {"n": "1"}
    smaller = {name: value for name, value in body.items() if name != "parameters"}
    endpoint = created["id"]
    ctl("query-api-endpoint", "update", etl, endpoint, "--file", "-", file=smaller)
    assert not ctl("query-api-endpoint", "get", etl, endpoint).get("parameters")
    ctl("query-api-endpoint", "delete", etl, endpoint)
    ctl.refused("query-api-endpoint", "get", etl, endpoint)


def test_list(tmp_path: Path) -> None:
    """The client goes through pages of endpoints that are arrays."""
    with Emulator([{"state": "running"}], time_scale=0, flat_pages=True) as emulator:
        ctl = Clickhousectl(emulator, tmp_path)
        (service,) = (each["id"] for each in ctl("service", "list"))
        key = ctl("key", "create", "--name", "reader")["key"]["id"]
        for name in ("first", "second"):
            body = {
                "name": name,
                "sql": "SELECT 1",
                "database": "default",
                "apiKeyIds": [key],
                "roles": ["sql_console_read_only"],
            }
            ctl("query-api-endpoint", "create", service, "--file", "-", file=body)

        first = ctl("query-api-endpoint", "list", service, "--limit", 1)
        cursor = first["pagination"]["nextCursor"]
        second = ctl("query-api-endpoint", "list", service, "--limit", 1, "--cursor", cursor)

    assert [page["items"][0]["name"] for page in (first, second)] == ["first", "second"]
    assert "nextCursor" not in second["pagination"]
