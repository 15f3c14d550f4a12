"""Writes example command lines from the contract."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .source import Call

_BY_KIND = {
    "integer": "1",
    "number": "1",
    "moment": "2026-01-31T00:00:00Z",
    "day": "2026-01-31",
    "mapping": "KEY=VALUE",
    "path": "FILE",
    "upload": "FILE",
    "text": "example",
}
_FROM_FILE = {"object", "value"}
_SIMPLE = {"text", "integer", "number", "flag", "moment"}
_ID = "3d1f7a52-7a6c-4d3e-9a53-0e8c1b2f4a60"


def example(
    words: Sequence[str],
    parameters: Sequence[Call],
    samples: Mapping[str, str],
    ids: Mapping[str, str],
    *,
    changes_fields: bool,
) -> str:
    """Return a command line with all required arguments of a command.

    Args:
        words: The words that name the command, without the program's name.
        parameters: Its parameters.
        samples: Values of arguments, by name.
        ids: Ids of things that are not found by a name, by argument.
        changes_fields: Whether the command changes fields of a resource: the example then changes
            at least one.
    """
    parts = [*words]
    needs_file = False
    change = None
    if changes_fields and not any(_is_required_field(each) for each in parameters):
        change = _change(parameters)
        needs_file = change is None and any(each.arguments["wire"] for each in parameters)
    for parameter in parameters:
        facts = parameter.arguments
        is_shown = facts["required"] or parameter is change
        if not is_shown or facts["is_secret"] or facts.get("into"):
            continue
        if facts["kind"] in _FROM_FILE and not facts["words"]:
            needs_file = True
        else:
            parts += _given(facts, samples, ids)
    return shlex.join([*parts, *(["--file", "body.yaml"] if needs_file else [])])


def _change(parameters: Sequence[Call]) -> Call | None:
    """Return the first simple field of a request; None if it has none."""
    for parameter in parameters:
        facts = parameter.arguments
        is_current = "Deprecated" not in str(facts["help"])
        if facts["wire"] and facts["kind"] in _SIMPLE and is_current and not facts["is_secret"]:
            return parameter
    return None


def _is_required_field(parameter: Call) -> bool:
    return bool(parameter.arguments["wire"] and parameter.arguments["required"])


def _given(
    facts: Mapping[str, Any], samples: Mapping[str, str], ids: Mapping[str, str]
) -> Iterator[str]:
    if facts["option"]:
        yield f"--{facts['option']}"
    if facts["kind"] != "flag":
        yield _value(facts, samples, ids)


def _value(facts: Mapping[str, Any], samples: Mapping[str, str], ids: Mapping[str, str]) -> str:
    name = str(facts["name"])
    if name in samples:
        return samples[name]
    if facts["words"]:
        return str(facts["words"][0])
    if facts["find"] is not None:
        return samples.get("name", "example")
    if name.endswith(("_id", "_ids")):
        return ids.get(name.removesuffix("s"), _ID)
    return _BY_KIND.get(facts["kind"], "example")
