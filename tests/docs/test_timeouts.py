"""Pages and help say which timeouts hold by default."""

from __future__ import annotations

import pytest

from clickhouse_cloud_async.core.client import DEFAULT_TIMEOUT
from clickhouse_cloud_async.core.waiting.wait import DEFAULT_TIMEOUT as WAIT_TIMEOUT

from .pages import ROOT


@pytest.mark.parametrize(
    ("page", "sentence"),
    [
        ("docs/client.md", f"| `timeout` | {DEFAULT_TIMEOUT} |"),
        ("docs/client.md", f"default is {DEFAULT_TIMEOUT:g} seconds"),
        ("docs/cli.md", f"including retries; {DEFAULT_TIMEOUT:g} by default"),
        ("docs/cli.md", f"the whole wait, {WAIT_TIMEOUT:g} by default"),
        ("clickhouse_cloud_async/cli/options.py", f"each request, {DEFAULT_TIMEOUT:g} by default"),
    ],
)
def test_page_says_the_default_timeout(page: str, sentence: str) -> None:
    """A page or help that says another number than the constant is out of date."""
    assert sentence in (ROOT / page).read_text(encoding="utf-8")
