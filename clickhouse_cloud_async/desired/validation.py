"""Collects all errors of a description."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, TypeAlias

import attrs

from clickhouse_cloud_async.core.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

FieldPath: TypeAlias = tuple[str | int, ...]
"""Keys and indices that lead to a value."""


@attrs.frozen
class ValidationIssue:
    """An error in a description.

    Attributes:
        path: Its path in the description, such as ``services[2].tags.env``.
        reason: What is wrong, and what is valid.
        file: The file, or a name for the source; None for a description made in Python.
        line: The line, from 1; None for a description made in Python.
    """

    path: str
    reason: str
    file: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        file = "" if self.file is None else f"{self.file}:"
        line = "" if self.line is None else f"{self.line}:"
        where = f"{file}{line} " if file or line else ""
        return f"{where}{self.path}: {self.reason}" if self.path else f"{where}{self.reason}"


class DescriptionError(InvalidArgumentError):
    """A description of a fleet has errors; nothing was sent.

    Args:
        issues: All errors, at least one.

    Attributes:
        issues: As the argument.
    """

    def __init__(self, issues: Iterable[ValidationIssue]) -> None:
        self.issues: tuple[ValidationIssue, ...] = tuple(issues)
        super().__init__("\n".join(map(str, self.issues)))

    def __reduce__(self) -> tuple[type[DescriptionError], tuple[tuple[ValidationIssue, ...]]]:
        return type(self), (self.issues,)


MOST = 100
"""Maximum number of collected errors."""


@attrs.define
class ErrorCollector:
    """Collects errors.

    Args:
        file: The file of the description; None for one made in Python.
        lines: The line of each path in it.

    Attributes:
        found: The collected errors, each once.
        warnings: The collected warnings.
    """

    file: str | None = None
    lines: Mapping[FieldPath, int] = attrs.Factory(dict[FieldPath, int])
    found: dict[ValidationIssue, None] = attrs.field(
        factory=dict[ValidationIssue, None], init=False
    )
    warnings: dict[ValidationIssue, None] = attrs.field(
        factory=dict[ValidationIssue, None], init=False
    )
    _faulty: set[FieldPath] = attrs.field(factory=set["FieldPath"], init=False)

    def add(self, path: FieldPath, reason: str, line: int | None = None) -> None:
        """Add an error.

        Args:
            path: The path of the value.
            reason: What is wrong, and what is valid.
            line: Its line; by default that of the path, or of its nearest parent.

        Raises:
            DescriptionError: There are too many errors to continue.
        """
        self.found[self._issue(path, reason, line)] = None
        self._faulty.update(_above(path))
        if len(self.found) == MOST:
            self.check()

    def warn(self, path: FieldPath, reason: str) -> None:
        """Add a warning.

        Args:
            path: The path of the value.
            reason: What is questionable, and what to write instead.
        """
        self.warnings[self._issue(path, reason)] = None

    def line(self, path: FieldPath) -> int | None:
        """Return the line of a path, or of its nearest parent."""
        return next((self.lines[each] for each in _above(path) if each in self.lines), None)

    def has(self, path: FieldPath) -> bool:
        """Return whether there is an error at a path or below it."""
        return path in self._faulty

    def check(self) -> None:
        """Raise the collected errors, in the order of the lines.

        Raises:
            DescriptionError: There are errors.
        """
        check_all([self])

    def _issue(self, path: FieldPath, reason: str, line: int | None = None) -> ValidationIssue:
        line = self.line(path) if line is None else line
        return ValidationIssue(shown(path), reason, self.file, line)


def check_all(collectors: Iterable[ErrorCollector]) -> None:
    """Raise the collected errors, file by file in the order of the lines.

    Args:
        collectors: One for each file.

    Raises:
        DescriptionError: There are errors.
    """
    issues: list[ValidationIssue] = []
    for collector in collectors:
        issues += sorted(collector.found, key=lambda issue: issue.line or 0)
        if len(collector.found) >= MOST:
            more = f"these are the first {MOST} errors; there may be more"
            issues.append(ValidationIssue("", more, collector.file))
    if issues:
        raise DescriptionError(issues)


def _above(path: FieldPath) -> Iterator[FieldPath]:
    """Yield a path and its parents, the longest first."""
    return (path[:end] for end in range(len(path), -1, -1))


_LONGEST = 80
"""Maximum length of texts in messages."""


def shown(path: FieldPath) -> str:
    """Return a path as text."""
    return "".join(map(_shown_step, path)).removeprefix(".")


def _shown_step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{shortened(step)}"


def shortened(text: str) -> str:
    """Return a text, truncated for messages."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def unknown(name: str, known: Collection[str], what: str = "field") -> str:
    """Return the message about a name that does not exist.

    Args:
        name: The given name.
        known: The existing names.
        what: What it is the name of.
    """
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    near = [snake] if snake in known else difflib.get_close_matches(snake, known, n=1)
    if near:
        return f"there is no such {what}; did you mean {near[0]}?"
    return f"there is no such {what}; there are {', '.join(sorted(known))}"
