"""One operation of an API as a value, and the request that it becomes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from urllib.parse import quote
from uuid import UUID

import attrs

from .errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")

PathValue = str | UUID | int

_PLACEHOLDER = re.compile(r"\{([^}]+)\}")


@attrs.frozen
class Paging:
    """How a list operation hands out its items page by page.

    Attributes:
        items: Keys that lead from the answer to the list of items.
        cursor: Keys that lead from the answer to the next page's cursor; empty where pages are
            counted by offset.
        page_size: The size of a page where the caller names none; a shorter page is the last.
    """

    items: tuple[str, ...]
    cursor: tuple[str, ...] = ()
    page_size: int = 100


@attrs.frozen(eq=False)
class Operation(Generic[T]):
    """What the contract says of one operation, as far as a request needs it.

    Attributes:
        id: Its name in the API's contract.
        method: HTTP method.
        path: Path template with ``{parameters}``.
        result: Python type of the result; None where the answer carries none, `str` for an answer
            that is not JSON.
        envelope: Key of the result inside the answer; None where the answer is the result.
        query: Wire name and Python type of each query parameter.
        body: Python type of the request body; None where the operation takes none.
        text: Whether the answer is plain text rather than JSON.
        paging: How pages follow each other; None where the answer is whole.
    """

    id: str
    method: str
    path: str
    result: Any = None
    envelope: str | None = None
    query: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    body: Any = None
    text: bool = False
    paging: Paging | None = None


def fill_path(
    operation: Operation[Any], values: Mapping[str, PathValue | None], optional: str
) -> str:
    """Put values into an operation's path, each percent-encoded as one segment.

    Args:
        operation: Whose path to fill.
        values: Value of each path parameter.
        optional: The parameter that may be None and then stays a placeholder.

    Raises:
        InvalidArgumentError: A value is empty or a dot segment, which would name another path, or
            it is not a text, UUID or whole number.
    """

    def segment(match: re.Match[str]) -> str:
        name = match[1]
        value = values[name]
        if value is None and name == optional:
            return match[0]
        if isinstance(value, bool) or not isinstance(value, PathValue):
            raise InvalidArgumentError(
                f"{name}: expected a str, found {type(value).__name__}", operation=operation.id
            )
        text = str(value)
        if not text.strip() or text in {".", ".."}:
            raise InvalidArgumentError(
                f"{name}: {text!r} cannot be part of a path", operation=operation.id
            )
        try:
            return quote(text, safe="")
        except UnicodeEncodeError:
            raise InvalidArgumentError(
                f"{name}: holds characters that UTF-8 cannot encode", operation=operation.id
            ) from None

    return _PLACEHOLDER.sub(segment, operation.path)
