"""The commands about an account: ``configure``, ``whoami``, ``doctor`` and ``profiles``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .completion import complete_profiles
from .options import Changing, Options, with_options

if TYPE_CHECKING:
    from .account_of import Account

_Name = Annotated[
    str,
    typer.Argument(metavar="NAME", help="Name of the profile.", autocompletion=complete_profiles),
]


def add_account_commands(app: typer.Typer, account: Account) -> None:
    """Add the commands about an account of an API.

    Args:
        app: The program, or the group of the API.
        account: The API.
    """

    @app.command()
    @with_options
    def configure(
        options: Options,
        *,
        check: Annotated[
            bool, typer.Option(help="Check the credentials before they are written.")
        ] = True,
    ) -> None:
        """Prompt for credentials, check them, and write them to a profile.

        Writes the profile that --profile names, or the profile "default". Secrets are not shown
        while they are typed, and only the owner can read the file (mode 0600).
        """
        from .configure import configure as run

        run(account, options, check=check)

    @app.command()
    @with_options
    def whoami(options: Options) -> None:
        """Show the owner of the credentials, their source and the URL of the API."""
        from .doctor import show_identity

        show_identity(account, options)

    @app.command()
    @with_options
    def doctor(options: Options) -> None:
        """Show the information for a problem report: settings, connection and versions, no secrets.

        Shows the credentials in use and their source, the URL and the proxy, the difference between
        the clocks, the rate limit, and the parts of responses that this version does not know. If
        there is a problem, the exit code is that of the problem.
        """
        from .doctor import show_diagnosis

        show_diagnosis(account, options)

    app.add_typer(_profiles(account), name="profiles")


def _profiles(account: Account) -> typer.Typer:
    profiles = typer.Typer(no_args_is_help=True, help="List, choose, show and remove profiles.")

    @profiles.command("list")
    @with_options
    def list_profiles(options: Options) -> None:
        """List the profiles, and mark the chosen one."""
        from .configure import show_profiles

        show_profiles(account, options)

    @profiles.command()
    @with_options
    def use(_options: Options, name: _Name) -> None:
        """Choose the profile to use by default."""
        from .configure import use_profile

        use_profile(account, name)

    @profiles.command()
    @with_options
    def show(options: Options, name: _Name) -> None:
        """Show the settings of a profile, with secrets masked."""
        from .configure import show_profile

        show_profile(account, options, name)

    @profiles.command()
    @with_options
    def remove(_options: Options, name: _Name, changing: Changing) -> None:
        """Remove a profile, after asking for its name."""
        from .configure import delete_profile

        delete_profile(account, name, changing)

    return profiles
