"""The commands of desired state, which load when they are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .desired.texts import HELPS
from .lazy import typer_commands

if TYPE_CHECKING:
    from collections.abc import Callable

    import typer

    from .desired.about import DesiredOf
    from .lazy import LazyCommand


def desired_commands(load: Callable[[], DesiredOf]) -> dict[str, LazyCommand]:
    """Return the commands of desired state by name.

    Args:
        load: Gives what they have to know of the API.
    """

    def make() -> typer.Typer:
        import typer

        from .desired.commands import add_desired_commands

        app = typer.Typer()
        add_desired_commands(app, load())
        return app

    return typer_commands(HELPS, make)
