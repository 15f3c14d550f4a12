"""The methods of a namespace, read from the source of its class and of its extension."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator

_ENTRY = re.compile(r"^    (\w+): (.*)$")
_SECTIONS = ("Args", "Returns", "Raises", "Yields", "Example", "Source")


@attrs.frozen
class MethodArgument:
    """An argument of a method.

    Attributes:
        name: Its name.
        annotation: Its annotation.
        default: Source of its default; None where it has to be given.
        by_position: Whether it may be given by position.
        doc: What it means.
    """

    name: str
    annotation: ast.expr
    default: str | None
    by_position: bool
    doc: str


@attrs.frozen
class MethodSignature:
    """The signature and docstring of a method.

    Attributes:
        name: Its name.
        doc: The paragraphs of its docstring before the first section.
        arguments: Its arguments, in order.
        source: The operations behind it, as its docstring names them.
        returns: Source of the annotation of its result.
    """

    name: str
    doc: str
    arguments: tuple[MethodArgument, ...]
    source: str
    returns: str


def signatures(*sources: str) -> dict[str, MethodSignature]:
    """Read the public methods of the first class of some modules; later ones replace earlier ones.

    Args:
        sources: Text of the generated module, and of the hand-written one that extends it.
    """
    found: dict[str, MethodSignature] = {}
    for source in sources:
        tree = ast.parse(source)
        owner = next(node for node in tree.body if isinstance(node, ast.ClassDef))
        for node in owner.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _is_method(node):
                found[node.name] = _signature(node)
    return found


def _is_method(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return not (node.name.startswith("_") or node.decorator_list)


def _signature(node: ast.FunctionDef | ast.AsyncFunctionDef) -> MethodSignature:
    text = ast.get_docstring(node) or ""
    doc, sections = _split(text)
    docs = dict(_entries(sections.get("Args", "")))
    positional = node.args.args[1:]
    defaults = [None] * (len(positional) - len(node.args.defaults)) + [*node.args.defaults]
    pairs = [
        *(
            (argument, default, True)
            for argument, default in zip(positional, defaults, strict=True)
        ),
        *(
            (argument, default, False)
            for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
        ),
    ]
    arguments = tuple(
        MethodArgument(
            argument.arg,
            argument.annotation or ast.Name("object"),
            None if default is None else ast.unparse(default),
            by_position,
            docs.get(argument.arg, ""),
        )
        for argument, default, by_position in pairs
    )
    returns = "" if node.returns is None else ast.unparse(node.returns)
    return MethodSignature(node.name, doc, arguments, sections.get("Source", ""), returns)


def _split(text: str) -> tuple[str, dict[str, str]]:
    """Split a docstring into the text before its sections, and the sections by title."""
    doc: list[str] = []
    sections: dict[str, str] = {}
    for paragraph in text.split("\n\n"):
        title, colon, rest = paragraph.partition(":")
        if colon and title in _SECTIONS:
            sections[title] = rest.strip("\n") if title != "Source" else rest
        elif not sections:
            doc.append(paragraph)
    return "\n\n".join(doc), sections


def _entries(section: str) -> Iterator[tuple[str, str]]:
    name, words = "", list[str]()
    for line in section.splitlines():
        entry = _ENTRY.match(line)
        if entry:
            if name:
                yield name, " ".join(words)
            name, words = entry[1], [entry[2]]
        else:
            words.append(line.strip())
    if name:
        yield name, " ".join(words)
