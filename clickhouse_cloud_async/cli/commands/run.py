"""Runs a command: reads its arguments, asks, calls the method, waits, and prints the result."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer

from clickhouse_cloud_async.cli.call import run_calls
from clickhouse_cloud_async.cli.confirm import confirm_by_name
from clickhouse_cloud_async.core.errors import InvalidArgumentError

from .addresses import put_address
from .inputs import read_arguments
from .loading import load_client, load_waits, method_of
from .names import Names

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from clickhouse_cloud_async.cli.options import Options
    from clickhouse_cloud_async.cli.output import Fields

    from .table import Command, Tree


def run_command(
    tree: Tree, namespace: str, command: Command, options: Options, given: dict[str, Any]
) -> None:
    """Run the command of a method.

    Args:
        tree: The commands of the API.
        namespace: The namespace of the method.
        command: The command.
        options: How to reach the API and how to print.
        given: The values of the command's own arguments and options.

    Raises:
        CloudError: A call failed.
        CommandError: A name was not found, or a confirmation was declined.
        BadParameter: An option cannot be used.
    """
    changing, waiting = given.pop("changing", None), given.pop("waiting", None)
    arguments = read_arguments(tree, command, given)
    if changing is not None and command.confirm:
        confirm_by_name(changing, command.confirm, _subject(command, arguments))
    if command.takes_timeout and options.timeout is not None:
        arguments["timeout"] = options.timeout
    call = _Call(tree, namespace, command, options, arguments)
    if waiting is not None and waiting.wait and not (changing and changing.dry_run):
        calls: Any = call.result_after_wait
    else:
        calls = call.items if command.iterator else call.result
    fields = _fields(tree, command)
    run_calls(load_client(tree), options, calls, changing=changing, fields=fields)


def _subject(command: Command, arguments: dict[str, Any]) -> str:
    """Return the text that confirms a command: the name of the resource as it was given."""
    given = [each.name for each in command.parameters if not each.option and each.name in arguments]
    return str(arguments[given[-1]]) if given else command.method.replace("_", "-")


def _fields(tree: Tree, command: Command) -> Fields[Any] | None:
    """Return the columns for the result, if they are defined; None for those that fit."""
    if not tree.fields:
        return None
    found: Fields[Any] | None = import_module(tree.fields).FIELDS.get(command.returns)
    return found


class _Call:
    """The call of a command's method.

    Args:
        tree: The commands of the API.
        namespace: The namespace of the method.
        command: The command.
        options: How to reach the API and how to print.
        arguments: The arguments of the method.
    """

    def __init__(
        self,
        tree: Tree,
        namespace: str,
        command: Command,
        options: Options,
        arguments: dict[str, Any],
    ) -> None:
        self._tree = tree
        self._place = f"{namespace}.{command.method}"
        self._namespace = namespace
        self._command = command
        self._options = options
        self._arguments = arguments

    async def result(self, client: Any) -> Any:
        """Return the result of the method."""
        await self._prepare(client)
        try:
            return await method_of(client, self._place)(**self._arguments)
        except InvalidArgumentError as error:
            raise self._in_options(error) from None

    async def items(self, client: Any) -> AsyncGenerator[Any]:
        """Yield the items of the method's list."""
        await self._prepare(client)
        iterate = method_of(client, f"{self._namespace}.{self._command.iterator}")
        try:
            async for item in iterate(**self._arguments):
                yield item
        except InvalidArgumentError as error:
            raise self._in_options(error) from None

    async def result_after_wait(self, client: Any) -> Any:
        """Return the result of the method after the transition that it has started."""
        from .waits import Waiter

        result = await self.result(client)
        wait = load_waits(self._tree)[self._command.wait]
        waiter = Waiter(client, self._tree, wait, self._options)
        return await waiter.after(self._command, self._arguments, result)

    async def _prepare(self, client: Any) -> None:
        """Replace names by IDs, and parts of addresses by addresses."""
        await Names(client, self._command.parameters, self._arguments).resolve()
        await put_address(client, self._tree, self._command, self._arguments)

    def _in_options(self, error: InvalidArgumentError) -> Exception:
        """Return the error with the name of the argument replaced by that of the option."""
        message = error.message
        for parameter in self._command.parameters:
            for name in filter(None, (parameter.wire, parameter.name)):
                rest = message.removeprefix(name)
                if rest != message and rest[:1] in {":", ".", "["}:
                    option = f"--{parameter.option}" if parameter.option else name.upper()
                    return typer.BadParameter(rest.lstrip(":. "), param_hint=option)
        return error
