"""Names of Python in docstrings, and the names of the command line for them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .prose import kebab, plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clickhouse_cloud_async.codegen.overlay import Overlay

    from .source import Call

_PATTERN = re.compile(r" (?:At least 1 character, m|M)atching ``[^`]*``\.")
"""The form of IDs, which names do not have."""

_VALUES = re.compile(r" One of [\w, ]+\.")
"""A list of numbers, in place of which a command takes words."""


def wait_name(namespace: str, until: str) -> str:
    """Return the name of the command that waits for a kind of resource.

    Args:
        namespace: The namespace of the methods that wait.
        until: The one that waits for a state.
    """
    suffix = until.removeprefix("wait_until").strip("_")
    return "-".join(filter(None, (kebab(namespace.replace(".", "-")), kebab(suffix))))


class References:
    """Knows the names of the command line for methods and arguments.

    Args:
        overlay: The namespaces and lifecycles.
        prefix: The word between the program's name and the groups; empty for none.
    """

    def __init__(self, overlay: Overlay, prefix: str) -> None:
        self._program = f"chcloud {prefix}".strip()
        self._waits: dict[str, dict[str, str]] = {}
        for lifecycle in overlay.lifecycles:
            until, gone = lifecycle.methods["until"], lifecycle.methods.get("gone")
            command = f"{self._program} wait {wait_name(lifecycle.namespace, until)}"
            waits = self._waits.setdefault(lifecycle.namespace, {})
            waits[until] = command
            if gone:
                waits[gone] = f"{command} --until gone"
        self._methods = {
            namespace.name: {method.name for method in namespace.methods}
            for namespace in overlay.namespaces
        }

    def names(self, namespace: str, parameters: Sequence[Call]) -> dict[str, str]:
        """Return the names of the command line for the names in a docstring.

        Args:
            namespace: The namespace of the method with the docstring.
            parameters: The parameters of its command.
        """
        elsewhere = {
            f"{name}.{method}": f"{self._program} {name.replace('.', ' ')} {method}".replace(
                "_", "-"
            )
            for name, methods in self._methods.items()
            for method in methods
        } | {
            f"{name}.{method}": command
            for name, waits in self._waits.items()
            for method, command in waits.items()
        }
        own = {name: kebab(name) for name in self._methods[namespace]}
        return elsewhere | own | self._waits.get(namespace, {}) | _arguments(parameters)


def describe(parameters: Sequence[Call], names: Mapping[str, str]) -> None:
    """Turn the docstrings of parameters into their help.

    Args:
        parameters: The parameters of one command.
        names: Names of the command line for names of methods and arguments.
    """
    words = {word for each in parameters for word in _words(each)}
    known = {name: text for name, text in names.items() if name not in words}
    for parameter in parameters:
        facts = parameter.arguments
        text = " ".join(str(facts["help"]).split())
        if facts["find"] is not None:
            text = _PATTERN.sub("", text)
        if facts["words"]:
            text = _VALUES.sub("", text)
        facts["help"] = plain(text, known)


def _arguments(parameters: Sequence[Call]) -> dict[str, str]:
    """Return the names of options and of arguments by position."""
    return {
        str(facts["name"]): f"--{facts['option']}"
        if facts["option"]
        else str(facts["name"]).upper()
        for facts in (parameter.arguments for parameter in parameters)
    }


def _words(parameter: Call) -> Sequence[str]:
    words: Sequence[str] = parameter.arguments["words"]  # type: ignore[assignment]  # as created
    return words
