"""Invalid documents are refused with the reason before any request is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async.fleet import DescriptionError
from tests.desired.offline import offline

from .lives import SERVICES

if TYPE_CHECKING:
    from pathlib import Path

_CIRCLE = """fleet: f
saved_queries:
- {service: clicks, name: a, sql: "SELECT '${saved_queries.b.id}'"}
- {service: clicks, name: b, sql: "SELECT '${saved_queries.a.id}'"}
"""
_PLAIN = """fleet: f
clickstack_webhooks:
  - {service: clicks, webhook_service: slack, name: ops, url: "https://hooks.example/T0-token"}
"""


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        (_CIRCLE, "circle"),
        (
            "fleet: f\nroles:\n- {name: a, policies: []}\n- {name: a, policies: []}\n",
            "there is another role",
        ),
        ("fleet: f\nrolls:\n- {name: a}\n", "roles"),
        ("fleet: f\nroles: &all\n- {name: a, policies: []}\n", "anchors are not supported"),
        ("fleet: f\nroles: !!python/object:os.system []\n", "tags are not supported"),
        ("fleet: f\n" + "# as long as a book\n" * 524_288, "larger than"),
    ],
    ids=["circle", "name twice", "kind", "anchor", "tag", "10 MB"],
)
def test_nothing_is_sent(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, mistake: str
) -> None:
    """The error comes before the first request, and says what is wrong."""
    path = tmp_path / "fleet.yaml"
    path.write_text(text)
    with offline(monkeypatch, SERVICES) as scene:

        async def plan() -> None:
            async with scene.client() as cloud:
                await cloud.fleet.plan(path)

        with pytest.raises(DescriptionError, match=mistake):
            scene.run(plan())
        assert scene.count == 0


def test_a_secret_in_plain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is warned about with its line, and the plan does not show it."""
    path = tmp_path / "fleet.yaml"
    path.write_text(_PLAIN)
    with offline(monkeypatch, SERVICES) as scene:

        async def plan() -> str:
            async with scene.client() as cloud:
                made = await cloud.fleet.plan(path)
                return f"{made} {made.to_dict()}"

        told = scene.run(plan())

    assert "fleet.yaml:3" in told
    assert "secret in plain text" in told
    assert "T0-token" not in told
