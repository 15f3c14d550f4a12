"""The process that requests names from an API, so that completions need not wait for them."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .commands.loading import load_client, load_table, load_waits, method_of
from .commands.names import Names
from .connection import connect
from .names_cache import Wanted, keep, lock_of
from .options import Options

if TYPE_CHECKING:
    from .commands.table import Parameter, Tree

_TIMEOUT = 10.0
"""Seconds for each request."""


def main() -> None:
    """Request the names that standard input describes, and write them to the file argument.

    Errors are not reported: the process has no terminal.
    """
    file = Path(sys.argv[1])
    try:
        with suppress(Exception):
            keep(file, asyncio.run(_find(Wanted._make(json.load(sys.stdin)))))
    finally:
        lock_of(file).unlink(missing_ok=True)


async def _find(wanted: Wanted) -> list[str]:
    tree: Tree = import_module(f"{wanted.package}.cli.commands").TREE
    parameters = _parameters(tree, wanted)
    finder = next(each.find for each in parameters if each.name == wanted.parameter)
    assert finder is not None, "only names of things that can be found are asked for"
    options = Options(
        url=wanted.url,
        organization=wanted.organization,
        profile=None if wanted.profile is None else [wanted.profile],
        timeout=_TIMEOUT,
    )
    arguments = dict(wanted.arguments)
    async with connect(load_client(tree), options) as client:
        await Names(client, parameters, arguments).resolve()
        items: list[Any] = await method_of(client, finder.method)(**arguments)
    attribute = finder.identity if wanted.by_id else "name"
    return sorted({str(found) for item in items if (found := getattr(item, attribute, None))})


def _parameters(tree: Tree, wanted: Wanted) -> tuple[Parameter, ...]:
    if wanted.namespace:
        return load_table(tree, wanted.namespace)[wanted.command].parameters
    return load_waits(tree)[wanted.command].parameters


if __name__ == "__main__":
    main()
