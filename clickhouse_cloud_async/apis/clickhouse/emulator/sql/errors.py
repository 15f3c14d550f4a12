"""Errors of ClickHouse: their codes, and the HTTP statuses that its HTTP interface gives them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

CANNOT_PARSE: Final = 27
SYNTAX_ERROR: Final = 62
UNKNOWN_FORMAT: Final = 73
NOT_IMPLEMENTED: Final = 48
UNKNOWN_SETTING: Final = 115
SESSION_NOT_FOUND: Final = 372
SESSION_IS_LOCKED: Final = 373
INVALID_SESSION_TIMEOUT: Final = 374
ACCESS_DENIED: Final = 497
TOO_MANY_BYTES: Final = 307
AUTHENTICATION_FAILED: Final = 516

_NAMES: Final[Mapping[int, str]] = {
    CANNOT_PARSE: "CANNOT_PARSE_INPUT_ASSERTION_FAILED",
    SYNTAX_ERROR: "SYNTAX_ERROR",
    UNKNOWN_FORMAT: "UNKNOWN_FORMAT",
    NOT_IMPLEMENTED: "NOT_IMPLEMENTED",
    UNKNOWN_SETTING: "UNKNOWN_SETTING",
    SESSION_NOT_FOUND: "SESSION_NOT_FOUND",
    SESSION_IS_LOCKED: "SESSION_IS_LOCKED",
    INVALID_SESSION_TIMEOUT: "INVALID_SESSION_TIMEOUT",
    ACCESS_DENIED: "ACCESS_DENIED",
    TOO_MANY_BYTES: "TOO_MANY_BYTES",
    AUTHENTICATION_FAILED: "AUTHENTICATION_FAILED",
}

_STATUSES: Final[Mapping[int, frozenset[int]]] = {
    # What cannot be parsed or does not fit together.
    400: frozenset({6, 25, 26, 27, 32, 33, 36, 38, 41, 42, 43, 53, 62, 69, 70, 72, 130, 131, 190}),
    403: frozenset({192, 193, 516}),
    # What is not known: tables, functions, identifiers, types, databases, settings, formats.
    404: frozenset({46, 47, 50, 56, 60, 63, 73, 81, 115}),
    413: frozenset({257, 307}),
    501: frozenset({48}),
    503: frozenset({76, 209}),
}

_CODE: Final = re.compile(r"Code: (\d+)\.")
_OWN_WORDS: Final = re.compile(r"^(?:Streaming (?:query|insert \w+) failed: )+")


class EngineError(Exception):
    """A statement that failed.

    Args:
        code: ClickHouse's number of the error.
        message: What is wrong, as ClickHouse words it, or without code and name.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self._message = message

    @classmethod
    def of(cls, error: Exception) -> EngineError:
        """Read an error of the engine, whose text holds its code."""
        text = _OWN_WORDS.sub("", str(error))
        found = _CODE.search(text)
        return cls(int(found[1]) if found else 1000, text)

    @property
    def status(self) -> int:
        """The HTTP status of the response."""
        return next((status for status, codes in _STATUSES.items() if self.code in codes), 500)

    @property
    def text(self) -> str:
        """The body of the response."""
        message = self._message.strip()
        if not message.startswith("Code:"):
            name = _NAMES.get(self.code, "UNKNOWN_EXCEPTION")
            message = f"Code: {self.code}. DB::Exception: {message} ({name})"
        return f"{message}\n"
