"""The commands of all APIs, and their names for the names of Python."""

from __future__ import annotations

import pkgutil
import re
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from clickhouse_cloud_async import apis

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

_APIS = f"{apis.__name__}."
_METHOD = re.compile(r"\b([a-z_]+(?:\.[a-z_]+)*)\.([a-z_]+)\b(?:\(('[^']*')\))?")
_SWITCH = re.compile(r"\b([a-z_]+)=True\b")


def command_trees() -> list[ModuleType]:
    """Return the module of each API that has its help and commands, those of the main API first."""
    names = (f"{found.name}.cli" for found in pkgutil.iter_modules(apis.__path__, _APIS))
    modules = [import_module(name) for name in names if find_spec(name) is not None]
    return sorted(modules, key=lambda module: len(module.TREE.prefix))


def program_of(arguments: Sequence[str]) -> str:
    """Return the words that all commands of the API of a command line begin with.

    Args:
        arguments: The command line without the program's name.
    """
    prefix = next(
        (tree.TREE.prefix for tree in command_trees() if {*tree.TREE.prefix} & {*arguments}), ()
    )
    return " ".join(("chcloud", *prefix))


def as_command(advice: str, program: str) -> str:
    """Return a client's advice with commands and options in place of methods and arguments.

    Args:
        advice: The advice.
        program: The words that all commands of the API begin with.
    """
    from .commands.loading import load_table

    tree = next(
        each.TREE for each in command_trees() if " ".join(("chcloud", *each.TREE.prefix)) == program
    )

    def command(found: re.Match[str]) -> str:
        group, verb = found[1], found[2].replace("_", "-")
        if group not in tree.groups or verb not in load_table(tree, group):
            return found[0]
        words = (program, group.replace(".", " ").replace("_", "-"), verb, found[3])
        return " ".join(filter(None, words))

    written = _METHOD.sub(command, advice)
    return _SWITCH.sub(lambda found: f"--{found[1].replace('_', '-')}", written)
