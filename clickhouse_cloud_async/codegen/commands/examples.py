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
_ID = "3d1f7a52-7a6c-4d3e-9a53-0e8c1b2f4a60"


def example(
    words: Sequence[str],
    parameters: Sequence[Call],
    samples: Mapping[str, str],
    ids: Mapping[str, str],
) -> str:
    """Return a command line with all required arguments of a command.

    Args:
        words: The words that name the command, without the program's name.
        parameters: Its parameters.
        samples: Values of arguments, by name.
        ids: Ids of things that are not found by a name, by argument.
    """
    parts = [*words]
    needs_file = False
    for parameter in parameters:
        facts = parameter.arguments
        if not facts["required"] or facts["is_secret"] or facts.get("into"):
            continue
        if facts["kind"] in _FROM_FILE and not facts["words"]:
            needs_file = True
        else:
            parts += _given(facts, samples, ids)
    return shlex.join([*parts, *(["--file", "body.yaml"] if needs_file else [])])


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
