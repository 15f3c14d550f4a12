"""Converts the values of a query's parameters to text that ClickHouse reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Final
from uuid import UUID

from clickhouse_cloud_async.core.errors import InvalidArgumentError

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

_NUMBERS = (bool, int, float, Decimal)
"""Types whose text in Python, in lower case, is also their text in ClickHouse."""

_ESCAPES: Final = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r", "\0": r"\0"})
_QUOTED: Final = str.maketrans({"\\": r"\\", "'": r"\'"})


def parameter_texts(parameters: object) -> dict[str, str]:
    """Return parameters as ClickHouse's HTTP interface expects them.

    Args:
        parameters: Values by the names of the parameters in the query, such as ``{name:String}``.

    Raises:
        InvalidArgumentError: A name is invalid, or there is no text for the type of a value. The
            message does not contain the value.
    """
    if not isinstance(parameters, Mapping):
        kind = type(parameters).__name__
        raise InvalidArgumentError(f"parameters must be a mapping of names to values, got a {kind}")
    texts: dict[str, str] = {}
    for name, value in parameters.items():
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise InvalidArgumentError(f"parameters: {name!r} is not a parameter name")
        try:
            texts[f"param_{name}"] = _text(value, _escaped)
        except TypeError as error:
            raise InvalidArgumentError(
                f"parameters: {name} has the type {error}, which has no text in ClickHouse:"
                " pass its text"
            ) from None
    return texts


def _text(value: object, text: Callable[[str], str]) -> str:
    """Return the text of a value.

    Raises:
        TypeError: Its type is not supported; the message is the name of the type.
    """
    if isinstance(value, Enum):
        value = value.value
    if value is None:
        return r"\N" if text is _escaped else "NULL"
    if isinstance(value, _NUMBERS):
        return str(value).lower()
    if isinstance(value, (str, date, UUID)):
        return text(_moment(value) if isinstance(value, datetime) else str(value))
    return _nested(value)


def _nested(value: object) -> str:
    if isinstance(value, Mapping):
        pairs = (f"{_text(key, _quoted)}:{_text(item, _quoted)}" for key, item in value.items())
        return f"{{{','.join(pairs)}}}"
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray, memoryview)):
        items = ",".join(_text(item, _quoted) for item in value)
        return f"({items})" if isinstance(value, tuple) else f"[{items}]"
    raise TypeError(type(value).__name__)


def _escaped(text: str) -> str:
    """Return text in the form for a parameter by itself."""
    return text.translate(_ESCAPES)


def _quoted(text: str) -> str:
    """Return text in the form for an item of an array, tuple or map."""
    return f"'{text.translate(_QUOTED)}'"


def _moment(value: datetime) -> str:
    """Return a time: seconds since 1970 if its time zone is known, otherwise its wall time."""
    if value.tzinfo is None:
        return value.isoformat(sep=" ")
    seconds = int(value.timestamp())
    return f"{seconds}.{value.microsecond:06}" if value.microsecond else str(seconds)
