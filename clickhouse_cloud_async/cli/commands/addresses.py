"""Addresses, built from their parts or looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from clickhouse_cloud_async.core.errors import NotFoundError

from .loading import load_address, method_of

if TYPE_CHECKING:
    from .table import Command, Parameter, Tree


async def put_address(client: Any, tree: Tree, command: Command, arguments: dict[str, Any]) -> None:
    """Replace the parts of an address among the arguments of a command by the address.

    Args:
        client: The client of the API.
        tree: The commands of the API.
        command: The command.
        arguments: The arguments of its method.

    Raises:
        BadParameter: Parts of the address are missing.
        NotFoundError: There is no such thing.
    """
    parts = [parameter for parameter in command.parameters if parameter.into]
    if not parts:
        return
    name = parts[0].into
    given: dict[str, Any] = arguments.get(name, {})
    lookups = {p.name: given[p.name] for p in command.parameters if p.finds and p.name in given}
    finder = command.address
    missing = [part for part in parts if part.required and part.name not in given]
    if finder is not None and lookups:
        arguments[name] = await method_of(client, finder.find)(**lookups)
    elif not missing:
        arguments[name] = load_address(tree, parts[0].model)(**given)
    elif finder is not None and finder.item and not given:
        arguments[name] = await _address_of(client, command, arguments)
    else:
        raise typer.BadParameter(_advice(command, missing))


async def _address_of(client: Any, command: Command, arguments: dict[str, Any]) -> Any:
    """Return the address of the resource that a command names by its ID."""
    finder = command.address
    assert finder is not None
    key = arguments[finder.item]
    for item in await method_of(client, finder.list)():
        if item.id == key:
            return await method_of(client, finder.of)(item)
    kind = finder.item.removesuffix("_id").replace("_", " ")
    raise NotFoundError(f"there is no {kind} {key}, or the credentials cannot see it")


def _advice(command: Command, missing: list[Parameter]) -> str:
    lookups = [f"--{each.option}" for each in command.parameters if each.finds]
    parts = ", ".join(f"--{each.option}" for each in missing)
    if not lookups:
        return f"{parts} is missing: give it"
    return f"the address is missing: give {', '.join(lookups)} as far as needed, or {parts}"
