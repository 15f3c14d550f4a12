"""Named endpoints of the Query API."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .program import Clickhousectl


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
