"""Exceptions that become error responses."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .json_values import JsonObject


class Problem(Exception):  # noqa: N818 - a response of the API, no error of the program
    """A response other than success.

    Args:
        status: HTTP status code.
        message: Text of the envelope's ``error`` property.
        headers: Headers that belong to this response.
        details: Further properties of the envelope.
        page: HTML in place of the envelope; None for none.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        details: Mapping[str, object] | None = None,
        page: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.page = page
        self.headers: dict[str, str] = dict(headers or {})
        self.details: dict[str, object] = dict(details or {})


def phrase_of(status: int) -> str:
    """Return the phrase of a status, or its number if it has none."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"Status {status}"


def bad_request(message: str) -> Problem:
    """The request is invalid."""
    return Problem(400, message)


def not_found(what: str) -> Problem:
    """The resource does not exist, or is not visible.

    Args:
        what: Name of the resource, such as ``"service 42"``.
    """
    return Problem(404, f"{what} was not found")


def require_properties(item: JsonObject, *names: str, place: str = "") -> None:
    """Require properties that are optional in the contract.

    Args:
        item: The body of a request, or an object in it.
        *names: The properties.
        place: Path of the object in the request; empty for the whole body.

    Raises:
        Problem: 400 for the first one that is missing.
    """
    for name in names:
        if name not in item:
            raise bad_request(f"{place}.{name}: is required" if place else f"{name}: is required")


def conflict(message: str) -> Problem:
    """The request conflicts with the present state."""
    return Problem(409, message)
