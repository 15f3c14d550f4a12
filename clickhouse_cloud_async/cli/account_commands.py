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
    "configure": "Prompt for credentials, check them, and write them to a profile.",
    "whoami": "Show the owner of the credentials, their source and their URL.",
    "doctor": "Show the information for a problem report: settings, connection, versions.",
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
