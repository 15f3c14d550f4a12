"""Queries that are saved with a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .program import names

if TYPE_CHECKING:
    from .program import Clickhousectl


def test_life(ctl: Clickhousectl, etl: str) -> None:
    """A query is saved, replaced as a whole and deleted."""
    content = ["--sql", "SELECT {n:UInt8}", "--database", "default"]
    created = ctl("saved-query", "create", etl, "--name", "top", *content, "--param", "n=1")
    query = created["id"]
    assert ctl("saved-query", "get", etl, query)["parameters"] == {"n": "1"}
    assert names(ctl("saved-query", "list", etl)["result"], "name") == {"top"}
    ctl("saved-query", "update", etl, query, "--new-name", "best", *content)
    assert not ctl("saved-query", "get", etl, query).get("parameters")
    ctl("saved-query", "delete", etl, query)
    ctl.refused("saved-query", "get", etl, query)
