"""Description of one operation of an API."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from uuid import UUID

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .paging import Paging

T = TypeVar("T")

PathValue = str | UUID | int

_PLACEHOLDER = re.compile(r"\{([^}]+)\}")


class ResultKind(Enum):
    """How a response carries the result of an operation."""

    JSON = "as JSON"
    TEXT = "as text"
    BYTES = "as bytes of any kind"
    LOCATION = "as the address that a redirection leads to"


@attrs.frozen(eq=False)
class Operation(Generic[T]):
    """One operation of the contract, as far as requests need it.

    Attributes:
        id: Its name in the API's contract.
        method: HTTP method.
        path: Path template with ``{parameters}``.
        result: Python type of the result; None if the response contains none.
        keys: Keys that lead from the response to the result; empty if it is the response itself.
        query: Wire name and Python type of each query parameter.
        body: Python type of the request body; None if the operation takes none.
        result_kind: How the response carries the result.
        may_be_empty: Whether a success may contain no result; the result is then None.
        headers: Wire name and Python type of each header parameter.
        media_type: Media type in which a body that is an `Upload` is sent, such as
            ``multipart/form-data``; None for that of the upload itself.
        paging: How pages follow each other; None if the response is complete.
        permissions: All permissions that it needs; None if the contract does not say.
        auth: Name of its authentication if it is not the API's usual one; ``none`` for none.
        idempotent: Whether carrying it out twice has the same effect as once, so that it may be
            sent again although the first request may have been carried out.
        pieces: The path as text and names of parameters in turn.
    """

    id: str
    method: str
    path: str
    result: Any = None
    keys: tuple[str, ...] = ()
    query: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    body: Any = None
    result_kind: ResultKind = ResultKind.JSON
    may_be_empty: bool = False
    headers: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    media_type: str | None = None
    paging: Paging | None = None
    idempotent: bool = False
    permissions: tuple[str, ...] | None = None
    auth: str = ""
    # Split once: finding the parameters is half the cost of filling them in.
    pieces: tuple[str, ...] = attrs.field(
        default=attrs.Factory(lambda self: tuple(_PLACEHOLDER.split(self.path)), takes_self=True),
        init=False,
        repr=False,
    )
