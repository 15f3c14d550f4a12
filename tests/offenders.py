"""Walks that go on after a failure, and then name all that failed."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator


class Offenders:
    """What did not pass the checks of a walk.

    Attributes:
        found: A text for each that failed: which it is, and why.
    """

    def __init__(self) -> None:
        self.found: list[str] = []

    @contextmanager
    def at(self, name: str) -> Generator[None]:
        """Check one of many; a failure is kept and does not end the walk."""
        try:
            yield
        except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001 - told at the end
            self.found.append(f"{name}: {type(error).__name__}: {error}")

    def check(self) -> None:
        """Fail with all that was found."""
        assert not self.found, "\n".join(self.found)
