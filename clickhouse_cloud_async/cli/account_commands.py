"""The commands about an account, which load when they are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .lazy import typer_commands

if TYPE_CHECKING:
    from collections.abc import Callable

    import typer

    from .account_of import Account
    from .lazy import LazyCommand

_HELPS = {
    "configure": "Ask for credentials, try them, and write them to a profile.",
    "whoami": "Show whose credentials are in use, and where they lead.",
    "doctor": "Show what a report of a problem needs: settings, connection and versions.",
    "profiles": "List, choose, show and remove profiles.",
}


def account_commands(load: Callable[[], Account]) -> dict[str, LazyCommand]:
    """Return the commands about an account by name.

    Args:
        load: Returns the account settings of the API.
    """

    def make() -> typer.Typer:
        import typer

        from .account import add_account_commands

        app = typer.Typer()
        add_account_commands(app, load())
        return app

    return typer_commands(_HELPS, make)
