"""Fixtures of the tests of the generator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .foreign import ForeignAPI, make_foreign_api

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ForeignAPI]:
    """The tests' own API, imported but not generated yet."""
    api = make_foreign_api(tmp_path, monkeypatch)
    yield api
    api.forget()
