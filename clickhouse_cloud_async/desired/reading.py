"""Parses YAML to plain values with their line numbers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from .entry import Text
from .validation import DescriptionError, ErrorCollector, ValidationIssue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from os import PathLike

    from .validation import FieldPath

_WORDS: Mapping[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]{1,4000}")
_ADVICE = "write the value itself; defaults save repeating it"
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")

MAX_BYTES = 8 << 20
"""Maximum size of a file; 1,000 services take about 130 kB."""

MAX_DEPTH = 20
"""Maximum depth of nested lists and mappings; a description needs six levels at most."""

# The parser written in C is ten times as fast; every wheel of PyYAML contains it.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_file(file: str | PathLike[str]) -> Text:
    """Read a YAML file.

    Args:
        file: The file.

    Raises:
        DescriptionError: The file is not YAML, or too large.
        OSError: The file cannot be read.
    """
    with Path(file).open("rb") as stream:
        # The size is limited, because a device may have no end.
        content = stream.read(MAX_BYTES + 1)
    _check_size(len(content), str(file))
    try:
        # Some editors write a byte order mark.
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _refusal("this is not UTF-8 text", str(file), line) from error
    return read_text(text, str(file))


def read_text(text: str, source: str) -> Text:
    """Read YAML.

    Plain values have the types of YAML 1.2: ``no`` is text, and so is ``12:30``. Anchors, aliases
    and tags are refused, so that each line can be understood by itself.

    Args:
        text: The document.
        source: Its name in messages.

    Raises:
        DescriptionError: The text is not YAML, too large or nested too deeply.
    """
    _check_size(len(text), source)
    try:
        reader = _Reader(yaml.parse(text, Loader=_LOADER), source)
        value = reader.document()
    except yaml.YAMLError as error:
        raise _refusal(
            f"this is not valid YAML: {_reason(error)}", source, _line_of(error, text)
        ) from error
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise _refusal("this contains an invalid character", source, line) from error
    if reader.has_indirection:
        reader.errors.check()
    return Text(value, reader.errors)


def _check_size(size: int, source: str) -> None:
    if size > MAX_BYTES:
        raise _refusal(
            f"this is larger than {MAX_BYTES >> 20} MiB: describe the services in several fleets",
            source,
        )


def _refusal(reason: str, source: str, line: int | None = None) -> DescriptionError:
    return DescriptionError([ValidationIssue("", reason, source, line)])


class _Reader:
    """Creates plain values from the events of a parser, and records their lines.

    Args:
        events: The events of the parser, in order.
        source: The name of the document in messages.

    Attributes:
        errors: Collects the errors.
        has_indirection: Whether the document has anchors, aliases or tags.
    """

    def __init__(self, events: Iterator[Any], source: str) -> None:
        self._events = events
        self._source = source
        self._lines: dict[FieldPath, int] = {(): 1}
        self.errors: ErrorCollector = ErrorCollector(source, self._lines)
        self.has_indirection: bool = False

    def document(self) -> Any:
        """Return the value of the only document; None if there is none."""
        value: Any = None
        next(self._events)  # the stream begins
        if isinstance(next(self._events), yaml.DocumentStartEvent):
            value = self._value(next(self._events), ())
            next(self._events)  # the document ends
            if isinstance(more := next(self._events), yaml.DocumentStartEvent):
                reason = "this is not valid YAML: there is a second document"
                raise _refusal(reason, self._source, _line(more))
        return value

    def _value(self, event: Any, path: FieldPath, depth: int = 0) -> Any:
        self._lines.setdefault(path, _line(event))
        self._refuse_indirection(event, path)
        if isinstance(event, yaml.ScalarEvent):
            return event.value if event.style else plain_scalar(event.value)
        if isinstance(event, yaml.AliasEvent):
            return None
        if depth == MAX_DEPTH:
            reason = f"this is nested too deeply: more than {MAX_DEPTH} levels"
            raise _refusal(reason, self._source, _line(event))
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path, depth)
        return self._sequence(path, depth)

    def _refuse_indirection(self, event: Any, path: FieldPath) -> None:
        for kind, is_used in (
            ("aliases", isinstance(event, yaml.AliasEvent)),
            ("anchors", not isinstance(event, yaml.AliasEvent) and event.anchor is not None),
            ("tags", getattr(event, "tag", None) is not None),
        ):
            if is_used:
                self.has_indirection = True
                self.errors.add(path, f"{kind} are not supported: {_ADVICE}", _line(event))

    def _sequence(self, path: FieldPath, depth: int) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._value(event, (*path, len(items)), depth + 1))
        return items

    def _mapping(self, path: FieldPath, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                self.errors.add(path, "the name of a field must be text", _line(event))
                self._value(event, path, depth + 1)
                self._value(next(self._events), path, depth + 1)
                continue
            self._refuse_indirection(event, path)
            # A key is read as text: 5 is the same as "5".
            key, line = str(event.value), _line(event)
            inner = (*path, key)
            if key in result:
                first = self._lines[inner]
                self.errors.add(inner, f"duplicate field, first set on line {first}", line)
                self._value(next(self._events), inner, depth + 1)
            else:
                self._lines[inner] = line
                result[key] = self._value(next(self._events), inner, depth + 1)
        return result


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def plain_scalar(text: str) -> Any:
    """Return the value of a text without quotes.

    Args:
        text: The text.
    """
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def _line_of(error: yaml.YAMLError, text: str) -> int:
    mark = getattr(error, "problem_mark", None)
    if mark is not None:
        return int(mark.line) + 1
    # For an invalid character the error has a position instead of a mark.
    return text.count("\n", 0, getattr(error, "position", 0)) + 1


def _reason(error: yaml.YAMLError) -> str:
    return str(getattr(error, "problem", None) or getattr(error, "reason", None) or error)
