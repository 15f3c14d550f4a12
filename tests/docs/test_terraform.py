"""The page for those who come from Terraform."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async.apis.clickhouse.resources.kinds import KINDS
from clickhouse_cloud_async.apis.clickhouse.resources.terraform.conversion import CONVERTERS
from clickhouse_cloud_async.fleet import from_terraform
from tests.desired.terraform.provider import PROVIDER, filled
from tests.desired.terraform.states import resource, service, state

if TYPE_CHECKING:
    from types import ModuleType

DOCS = Path(__file__).parent.parent.parent / "docs"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Provide what writes the page's table."""
    monkeypatch.syspath_prepend(str(DOCS))
    module = import_module("terraform_table")
    monkeypatch.delitem(sys.modules, "terraform_table")
    return module


def test_page_has_the_table(written: ModuleType) -> None:
    """The page shows what the table says; `python docs/terraform_table.py` writes it."""
    assert written.PAGE.read_text("utf-8") == written.page()


def test_table_has_every_type(written: ModuleType) -> None:
    """Each type of the provider has one row, in which something is said of it."""
    rows = written.rows()
    assert {row.resource for row in rows} == CONVERTERS.keys()
    assert len(rows) == len(CONVERTERS)
    assert [row.resource for row in rows if not (row.kind or row.lost)] == []


def test_table_says_what_becomes_of_each_type(written: ModuleType) -> None:
    """The kinds and fields that a row names are those that the conversion makes."""
    beside = [service(id="sample-service_id", name="other"), *_NAMED]
    for row in written.rows():
        kind = row.resource.removeprefix("clickhouse_")
        made = from_terraform(
            state(*beside, resource(kind, filled(PROVIDER[kind]))), clickstack_service="other"
        )
        alone = from_terraform(state(*beside))
        new = {
            name: entries
            for name, entries in made.document.items()
            if entries != alone.document.get(name) and name != "fleet"
        }
        assert set(new) == {each for each in (row.kind, row.also) if each}, row
        assert all(name in KINDS for name in new), row
        assert not row.field or any(row.field in entry for entry in new[row.kind]), row


_NAMED = [
    resource("role", {"id": "sample-role_id", "name": "readers"}, label="other"),
    resource(
        "clickpipes_reverse_private_endpoint",
        {"id": "sample-reverse_private_endpoint_id", "description": "other"},
        label="other",
    ),
]
"""Resources that those of other types name."""
