"""The page for those who come from ``clickhousectl``."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.main import get_command

from clickhouse_cloud_async.cli.app import make_app

if TYPE_CHECKING:
    from types import ModuleType

DOCS = Path(__file__).parent.parent.parent / "docs"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Provide what writes the page's table."""
    monkeypatch.syspath_prepend(str(DOCS))
    module = import_module("clickhousectl_table")
    monkeypatch.delitem(sys.modules, "clickhousectl_table")
    return module


def test_page_has_the_table(written: ModuleType) -> None:
    """The page shows what the table says; `python docs/clickhousectl_table.py` writes it."""
    assert written.PAGE.read_text("utf-8") == written.page()


def test_counterparts_are_commands(written: ModuleType) -> None:
    """Each command that stands in the table is one of ours, or its note says why there is none."""
    program: Any = get_command(make_app())
    context = program.make_context("chcloud", ["--help"], resilient_parsing=True)
    for counterpart in written.counterparts():
        command, rest = program, counterpart.ours.split()
        assert rest or counterpart.note
        while rest:
            _, command, rest = command.resolve_command(context, rest)
