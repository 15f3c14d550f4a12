"""The recipe for tests without a server in the documentation."""

from __future__ import annotations

from typing import Any

import pytest

from tests.docs.pages import ROOT, blocks


@pytest.mark.usefixtures("library")
async def test_recipe() -> None:
    """The test that the page shows passes."""
    (code,) = (
        block.code for block in blocks(ROOT / "docs" / "testing.md") if "aioresponses" in block.code
    )
    names: dict[str, Any] = {}

    exec(code, names)  # noqa: S102 - our own page

    await names["test_a_read_is_retried"]()
