"""The table of outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from clickhouse_cloud_async.cli.action_report import STYLES
from clickhouse_cloud_async.fleet.report import OutcomeStatus

if TYPE_CHECKING:
    from pathlib import Path

    from .program import Program

DOCUMENT = {
    "fleet": "staging",
    "clickhouse_settings": [{"service": "s2-running", "settings": {"max_concurrent_queries": 50}}],
    "members": [{"email": "new@example.com", "roles": ["Developer"]}],
}


@pytest.mark.usefixtures("fleet")
def test_resources_of_several_kinds(chcloud: Program, tmp_path: Path) -> None:
    """Each row says what it is about, also of what has no name of its own or waits for a person."""
    path = tmp_path / "fleet.yaml"
    path.write_text(yaml.safe_dump(DOCUMENT))

    outcome = chcloud("fleet", "apply", str(path), "--yes")

    rows = [line.split()[:3] for line in outcome.out.splitlines()]
    assert ["KIND", "NAME", "OUTCOME"] in rows
    assert ["clickhouse_settings", "s2-running", "done"] in rows
    assert ["members", "new@example.com", "waiting"] in rows


def test_each_status_has_a_style() -> None:
    """A status that a report can have can be shown."""
    assert STYLES.keys() == {str(status) for status in OutcomeStatus}
