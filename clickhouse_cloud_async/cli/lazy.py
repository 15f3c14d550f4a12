"""Groups whose commands load when they are used, and not for the help above them."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from typer.core import TyperCommand, TyperGroup

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import typer


class LazyCommand(TyperCommand):
    """The entry for a command or group in the help of its group, without loading it.

    Args:
        name: Its name.
        help: Its help, of which the first sentence is shown.
        load: Creates the command itself.
    """

    def __init__(self, name: str, help: str, load: Callable[[], Any]) -> None:  # noqa: A002 - as typer calls it
        super().__init__(name, help=help, add_help_option=False)
        self.load = load


class LazyGroup(TyperGroup):
    """A group that loads a command when it is called."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # the types are private in typer
        """Load and return the command of a command line."""
        name, command, rest = super().resolve_command(ctx, args)
        if isinstance(command, LazyCommand):
            command = command.load()
        return name, command, rest


def make_group(name: str, help: str, commands: Mapping[str, LazyCommand]) -> LazyGroup:  # noqa: A002 - as typer calls it
    """Create a group.

    Args:
        name: Its name.
        help: Its help.
        commands: Its commands by name.
    """
    return LazyGroup(
        name=name,
        help=help,
        commands=dict(commands),
        no_args_is_help=True,
    )


def function_command(name: str, help: str, module: str) -> LazyCommand:  # noqa: A002 - as typer calls it
    """Return a command that a module has as a function of the same name.

    Args:
        name: Its name.
        help: Its line in the help of its group.
        module: Dotted name of the module, which loads with the command.
    """

    def load() -> Any:
        import typer
        from typer.main import get_command

        app = typer.Typer(add_completion=False)
        app.command(name)(getattr(import_module(module), name))
        return get_command(app)

    return LazyCommand(name, help, load)


def typer_command(name: str, help: str, make: Callable[[], typer.Typer]) -> LazyCommand:  # noqa: A002 - as typer calls it
    """Return a group with the commands of a typer object.

    Args:
        name: Its name.
        help: Its line in the help of the group above.
        make: Returns the typer object.
    """

    def make_outer() -> typer.Typer:
        import typer

        outer = typer.Typer(add_completion=False)
        outer.add_typer(make(), name=name)
        return outer

    return typer_commands({name: help}, make_outer)[name]


def typer_commands(
    helps: Mapping[str, str], make: Callable[[], typer.Typer]
) -> dict[str, LazyCommand]:
    """Return the commands of a typer object, by name.

    Args:
        helps: Their lines in the help of the group above.
        make: Returns the typer object with these commands and groups.
    """

    def load(name: str) -> Any:
        from typer.main import get_group

        return getattr(get_group(make()), "commands")[name]  # noqa: B009 - its type is private

    return {name: LazyCommand(name, text, partial(load, name)) for name, text in helps.items()}


def by_name(*commands: LazyCommand) -> dict[str, LazyCommand]:
    """Return commands by their names."""
    return {str(command.name): command for command in commands}
