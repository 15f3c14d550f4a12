"""Carries out operations: builds the request, sends it, reads the answer, turns pages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import quote

import attrs
import orjson

from .answers import check_status, collector_at_rest, parse, place, read_result
from .codec import decode, encode
from .errors import APITimeoutError, InvalidArgumentError, ResponseDecodeError
from .operation import Operation, PathValue, fill_path
from .paths import segment
from .settings import checked_timeout
from .transport import Request, Response, Transport
from .values import UNSET, Unset

if TYPE_CHECKING:
    from .settings import API

T = TypeVar("T")

Path = Mapping[str, PathValue | None]
Query = Mapping[str, object]

NOTHING: Mapping[str, Any] = {}


class Caller:
    """One client's way to its API, shared by all its namespaces.

    Args:
        api: The API that is called.
        transport: What sends the requests.
        timeout: Seconds for a whole call where the call does not say; None for no limit.
        scope: Value of the API's scope parameter, where it is known from the start.
        find_scope: Asks the API for it where it is not.
    """

    def __init__(
        self,
        api: API,
        transport: Transport,
        timeout: float | None,
        scope: str | None,
        find_scope: Callable[[], Awaitable[str]],
    ) -> None:
        self._api = api
        self._timeout = timeout
        self._scope = scope
        self._find_scope = find_scope
        self._finding: tuple[asyncio.AbstractEventLoop, asyncio.Lock] | None = None
        self.transport = transport

    async def call(
        self,
        operation: Operation[T],
        *,
        path: Path = NOTHING,
        query: Query = NOTHING,
        body: object = UNSET,
        timeout: float | Unset | None = UNSET,
    ) -> T:
        """Carry out an operation.

        Args:
            operation: What to do.
            path: Value of each path parameter; the scope may be None.
            query: Value of each query parameter, or `UNSET`.
            body: The request body, as the operation declares it; `UNSET` for none.
            timeout: Seconds for the whole call; None for no limit, `UNSET` for the client's.

        Returns:
            The decoded result.

        Raises:
            ClickHouseCloudError: The subclass says what went wrong.
        """
        request, response = await self._exchange(operation, path, query, body, timeout)
        return cast("T", read_result(operation, request, response))

    async def pages(
        self,
        operation: Operation[list[T]],
        *,
        path: Path = NOTHING,
        query: Query = NOTHING,
        timeout: float | Unset | None = UNSET,
    ) -> AsyncIterator[T]:
        """Yield the items of a paged list, asking for the next page when it is needed.

        Args:
            operation: A list operation with paging.
            path: As in `call`.
            query: As in `call`; its ``cursor`` or ``offset`` says where to begin.
            timeout: Seconds for each page; otherwise as in `call`.

        Raises:
            ClickHouseCloudError: The subclass says what went wrong.
        """
        paging = operation.paging
        assert paging is not None, "only operations with paging are called so"
        position: dict[str, object] = {}
        offset = cast("int", query.get("offset") or 0)
        while True:
            request, response = await self._exchange(
                operation, path, {**query, **position}, UNSET, timeout
            )
            check_status(request, response)
            try:
                with collector_at_rest(response.body):
                    document = parse(response)
                    items: list[T] = decode(operation.result, _items(document, paging.items))
            except ResponseDecodeError as error:
                raise place(error, request, response) from None
            for item in items:
                yield item
            offset += len(items)
            if paging.cursor:
                cursor = _dig(document, paging.cursor)
                if not cursor:
                    return
                if not isinstance(cursor, str) or position == {"cursor": cursor}:
                    message = "the cursor of the next page makes no sense"
                    raise place(ResponseDecodeError(message), request, response)
                position = {"cursor": cursor}
            elif len(items) < cast("int", query.get("limit") or paging.page_size):
                return
            else:
                position = {"offset": offset}

    async def _exchange(
        self,
        operation: Operation[Any],
        path: Path,
        query: Query,
        body: object,
        timeout: float | Unset | None,
    ) -> tuple[Request, Response]:
        limit = self._timeout if timeout is UNSET else checked_timeout(timeout)
        request = build_request(operation, path, query, body, self._api.scope)
        try:
            async with asyncio.timeout(limit):
                placeholder = f"{{{self._api.scope}}}"
                if placeholder in request.path:
                    scope = segment(self._api.scope, await self._default_scope())
                    request = attrs.evolve(request, path=request.path.replace(placeholder, scope))
                return request, await self.transport.send(request)
        except TimeoutError as error:
            raise APITimeoutError(
                f"no answer within {limit:g} s",
                operation=request.operation,
                method=request.method,
                path=request.path,
            ) from error

    async def _default_scope(self) -> str:
        """The scope that calls without one use; asked for once, however many wait for it."""
        if self._scope is None:
            loop = asyncio.get_running_loop()
            if self._finding is None or self._finding[0] is not loop:
                self._finding = (loop, asyncio.Lock())
            async with self._finding[1]:
                if self._scope is None:
                    self._scope = await self._find_scope()
        return self._scope


def build_request(
    operation: Operation[Any], path: Path, query: Query, body: object, scope: str
) -> Request:
    """Turn an operation and its arguments into a request.

    A scope that is None stays a placeholder in the path.

    Raises:
        InvalidArgumentError: An argument cannot be sent; the message names it.
    """
    try:
        return Request(
            operation.id,
            operation.method,
            fill_path(operation, path, scope),
            _query_string(operation, query),
            None if body is UNSET else _json_body(operation, body),
        )
    except InvalidArgumentError as error:
        error.operation = operation.id
        raise


def _json_body(operation: Operation[Any], body: object) -> bytes:
    try:
        return orjson.dumps(encode(operation.body, body))
    except orjson.JSONEncodeError as error:
        raise InvalidArgumentError(f"the body cannot be written as JSON: {error}") from None


def _query_string(operation: Operation[Any], query: Query) -> str:
    pairs: list[str] = []
    for name, value in query.items():
        if value is UNSET:
            continue
        try:
            encoded = encode(operation.query[name], value)
        except InvalidArgumentError as error:
            raise InvalidArgumentError(f"{name}: {error.message}") from None
        for item in encoded if isinstance(encoded, list) else [encoded]:
            text = str(item).lower() if isinstance(item, bool) else str(item)
            pairs.append(f"{quote(name, safe='')}={quote(text, safe='')}")
    return "&".join(pairs)


def _dig(document: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    return document


def _items(document: Any, keys: tuple[str, ...]) -> Any:
    """The list of items, also where a list stands directly in an outer key's place."""
    for key in keys:
        if isinstance(document, list):
            break
        document = _dig(document, (key,))
    if document is None:
        raise ResponseDecodeError(f"the answer has no {'.'.join(keys)!r}")
    return document
