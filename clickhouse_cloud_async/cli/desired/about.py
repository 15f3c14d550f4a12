"""The settings of an API for the commands of desired state."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from clickhouse_cloud_async.cli.options import Options
    from clickhouse_cloud_async.desired.engine import Engine
    from clickhouse_cloud_async.desired.verbs import AsyncDesiredVerbs


class DesiredOf(NamedTuple):
    """The settings of an API for the commands of desired state.

    Attributes:
        load_engine: Returns its engine.
        open: Opens the clients that the options select.
        main_kind: The main kind of its engine, given here so that help need not load the engine.
        has_prices: Whether its resources have usage to which prices can apply.
    """

    load_engine: Callable[[], Engine]
    open: Callable[[Options], AbstractAsyncContextManager[AsyncDesiredVerbs]]
    main_kind: str
    has_prices: bool = False
