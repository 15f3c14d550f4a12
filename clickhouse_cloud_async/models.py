"""Every model of the ClickHouse Cloud API; each loads with its area when it is first used."""

from typing import TYPE_CHECKING

from .apis.clickhouse import models as _models

if TYPE_CHECKING:
    from .apis.clickhouse.models import *  # noqa: F403  # the names of __all__ there  # the names that __all__ lists there

__all__: list[str] = []
__all__ += _models.__all__


if not TYPE_CHECKING:
    # Type checkers would take every misspelt name for one that is there.

    def __getattr__(name: str) -> object:
        """Load a model with its area."""
        return getattr(_models, name)


def __dir__() -> list[str]:
    return __all__
