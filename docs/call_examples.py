"""Ends each method's entry in the reference with a call, with `await` and without."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sphinx.application import Sphinx

BEFORE_NAPOLEON = 400
"""Handlers run in the order of their numbers; napoleon's 500 reads the sections of docstrings."""

namespaces: dict[str, str] = {}
"""Where clients have the classes of namespaces, by the classes' full names."""

_LITERAL = re.compile(r"Literal\['(\w+)'")
_VALUES = {"str": '"..."', "int": "1", "float": "1.0", "bool": "True"}


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension with Sphinx."""
    app.connect("autodoc-process-docstring", _add_example, priority=BEFORE_NAPOLEON)
    return {"parallel_read_safe": True}


def _add_example(
    _app: Sphinx, what: str, name: str, member: Callable[..., object], _: object, lines: list[str]
) -> None:
    owner, _, method = name.rpartition(".")
    if what != "method" or owner not in namespaces or not lines or "Example:" in lines:
        return
    call = f"cloud.{namespaces[owner]}.{method}({', '.join(_arguments(member))})"
    lines += ["", "Example:", "    ::", ""]
    lines += [f"        {line}" if line else "" for line in _forms(call, member)]


def _forms(call: str, member: Callable[..., object]) -> list[str]:
    """Write a call for both clients."""
    if inspect.iscoroutinefunction(member):
        return [f"await {call}", f"{call}  # without await"]
    loops = (f"async for each in {call}:", f"for each in {call}:  # without await")
    return [line for loop in loops for line in (loop, "    ...")]


def _arguments(member: Callable[..., object]) -> Iterator[str]:
    """Yield the arguments that a call needs."""
    for parameter in list(inspect.signature(member).parameters.values())[1:]:
        if parameter.default is not parameter.empty or parameter.kind is parameter.VAR_KEYWORD:
            continue
        if parameter.kind is parameter.KEYWORD_ONLY:
            yield f"{parameter.name}={_value(str(parameter.annotation))}"
        else:
            yield parameter.name


def _value(annotation: str) -> str:
    if literal := _LITERAL.search(annotation):
        return f'"{literal[1]}"'
    return _VALUES.get(annotation.partition(" ")[0], "...")
