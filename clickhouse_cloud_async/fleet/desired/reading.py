"""YAML to plain values, each with the line that it stands on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import yaml

from clickhouse_cloud_async.fleet.desired.problems import DescriptionError, Finder, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    from clickhouse_cloud_async.fleet.desired.problems import Place

_WORDS: Mapping[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]{1,4000}")
_ADVICE = "write the value itself; defaults save repeating it"
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


@attrs.frozen
class Text:
    """A YAML document as plain values.

    Attributes:
        value: What it holds.
        finder: Knows its lines, and the mistakes in it so far.
    """

    value: Any
    finder: Finder


def read_file(file: str | PathLike[str]) -> Text:
    """Read a YAML file.

    Args:
        file: The file.

    Raises:
        DescriptionError: The file is no YAML.
        OSError: It cannot be read.
    """
    content = Path(file).read_bytes()
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = Problem("", "this is no text in UTF-8", str(file), line)
        raise DescriptionError([problem]) from error
    return read_text(text, str(file))


def read_text(text: str, source: str) -> Text:
    """Read YAML.

    Words mean what they say in YAML 1.2: ``no`` is a text, and so is ``12:30``. Anchors, aliases
    and tags are refused, since what stands in a line should be all that it says.

    Args:
        text: The document.
        source: What messages call it.

    Raises:
        DescriptionError: The text is no YAML.
    """
    lines: dict[Place, int] = {(): 1}
    finder = Finder(source, lines)
    try:
        _refuse_indirection(text, source)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        value = None if node is None else _Reader(finder, lines).value(node, ())
    except yaml.YAMLError as error:
        reason = f"this is no YAML: {_reason(error)}"
        raise DescriptionError([Problem("", reason, source, _line_of(error, text))]) from error
    except RecursionError as error:
        raise DescriptionError([Problem("", "this is nested too deeply", source)]) from error
    return Text(value, finder)


def _refuse_indirection(text: str, source: str) -> None:
    names: Mapping[type[yaml.Token], str] = {
        yaml.AnchorToken: "anchors",
        yaml.AliasToken: "aliases",
        yaml.TagToken: "tags",
    }
    problems = [
        Problem("", f"{names[type(token)]} are not taken: {_ADVICE}", source, _line(token))
        for token in yaml.scan(text, Loader=yaml.SafeLoader)
        if type(token) in names
    ]
    if problems:
        raise DescriptionError(problems)


def _line(marked: yaml.Node | yaml.Token) -> int:
    return int(marked.start_mark.line) + 1


@attrs.frozen
class _Reader:
    """Makes plain values of nodes, and notes their lines."""

    finder: Finder
    lines: dict[Place, int]

    def value(self, node: yaml.Node, place: Place) -> Any:
        """The value of a node."""
        self.lines.setdefault(place, _line(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return self._sequence(node, place)
        return _scalar(node)

    def _sequence(self, node: yaml.SequenceNode, place: Place) -> list[Any]:
        return [self.value(item, (*place, index)) for index, item in enumerate(node.value)]

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            # A key is what is written: 5 names the same as "5".
            key = str(key_node.value)
            inner = (*place, key)
            if not isinstance(key_node, yaml.ScalarNode):
                self.finder.add(place, "the name of a field is a text")
            elif key in result:
                first = self.lines[inner]
                self.lines[inner] = _line(key_node)
                self.finder.add(inner, f"it is there already, on line {first}")
            else:
                self.lines[inner] = _line(key_node)
                result[key] = self.value(value_node, inner)
        return result


def _scalar(node: yaml.Node) -> Any:
    text: str = node.value
    if getattr(node, "style", None) is not None:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def _line_of(error: yaml.YAMLError, text: str) -> int:
    mark = getattr(error, "problem_mark", None)
    if mark is not None:
        return int(mark.line) + 1
    # What is no character of YAML has a position in place of a mark.
    return text.count("\n", 0, getattr(error, "position", 0)) + 1


def _reason(error: yaml.YAMLError) -> str:
    return str(getattr(error, "problem", None) or getattr(error, "reason", None) or error)
