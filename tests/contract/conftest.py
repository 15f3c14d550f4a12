"""What the tests of the contract share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def recorder() -> Iterator[Recorder]:
    """A server that records requests; each test sets what it answers."""
    with Recorder() as running:
        yield running
