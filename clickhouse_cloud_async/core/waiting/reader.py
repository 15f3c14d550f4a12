"""Sends the requests of polls and reads their responses."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import orjson

from clickhouse_cloud_async.core.documents import without_byte_order_mark
from clickhouse_cloud_async.core.errors import (
    BadRequestError,
    IncompleteListError,
    ResponseDecodeError,
)
from clickhouse_cloud_async.core.paging import PageFacts, following
from clickhouse_cloud_async.core.problems import annotate, check_status, is_absent, status_error
from clickhouse_cloud_async.core.responses import parse, without_document

from .json_scanner import NotFoundInTextError, end_of, value_at
from .snapshots import SnapshotStore
from .subscription import PollResult

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from clickhouse_cloud_async.core.building import Path, Query
    from clickhouse_cloud_async.core.call import Call
    from clickhouse_cloud_async.core.drift import Drift
    from clickhouse_cloud_async.core.errors import CloudError
    from clickhouse_cloud_async.core.messages import Response
    from clickhouse_cloud_async.core.operation import Operation
    from clickhouse_cloud_async.core.paging import Paging

    from .budget import PollBudget
    from .lifecycle import Lifecycle
    from .snapshots import Snapshot

T = TypeVar("T")


class PollSender(Protocol):
    """The part of a client's caller that readers need."""

    drift: Drift

    async def send_once(
        self,
        operation: Operation[Any],
        *,
        path: Path,
        query: Query,
        not_before: float,
        on_sent: Callable[[], object],
    ) -> tuple[Call, Response]:
        """Send the request of a read once, and return its response with any status, not decoded."""
        ...


class Reader(Generic[T]):
    """Reads the resources of one kind under one parent.

    Args:
        caller: The client's caller.
        lifecycle: The lifecycle of their kind.
        path: Value of each path parameter of the parent, and of query parameters that belong to
            it.
        budget: The share of the rate limit for polling.

    Attributes:
        requests: Number of requests that it has sent.
        snapshots: The snapshots of the resources.
        path: As the argument.
    """

    def __init__(
        self, caller: PollSender, lifecycle: Lifecycle[T], path: Path, budget: PollBudget
    ) -> None:
        self._caller = caller
        self._lifecycle = lifecycle
        self.path: Path = path
        self._budget = budget
        paging = lifecycle.list.paging if lifecycle.list else None
        self._page_size = paging.poll_size if paging else None
        self.requests = 0
        self.forget()

    def forget(self) -> None:
        """Discard all snapshots."""
        self.snapshots: SnapshotStore[T] = SnapshotStore(self._lifecycle, self._decode)

    def _decode(self, document: object) -> T:
        operation = self._lifecycle.list or self._lifecycle.get
        assert operation is not None, "polled resources can be read"
        item: T = self._caller.drift.decode(operation.id, self._lifecycle.model, document)
        return item

    async def poll_all(self, not_before: float) -> PollResult:
        """Read all resources, page by page if the list is paged.

        Args:
            not_before: Earliest time of sending, by the event loop's clock.

        Raises:
            CloudError: A request failed.
        """
        try:
            return await self._poll_pages(not_before)
        except BadRequestError:
            if self._page_size is None:
                raise
        # The pages may have been too large: such lists document no maximum.
        self._page_size = None
        return await self._poll_pages(not_before)

    async def _poll_pages(self, not_before: float) -> PollResult:
        operation = self._lifecycle.list
        assert operation is not None, "there is an operation that lists them"
        paging = operation.paging
        keys = paging.items if paging else (*operation.keys, *self._lifecycle.within)
        every: list[Snapshot[T] | None] = []
        query = self._query(operation)
        query = self._first_page(paging, query) if paging else query
        turn = 0
        while True:
            number, call, response = await self._send(operation, self.path, query, not_before)
            turn = turn or number
            check_status(call.request, response)
            with _reading(call, response):
                # No name may hold a body here: debuggers show the variables of this frame.
                page = self.snapshots.read_list(
                    without_byte_order_mark(response.body), keys, len(every)
                )
                every += page
                facts = _facts(
                    paging, without_byte_order_mark(response.body), len(page), len(every)
                )
            try:
                next_query = following(paging, query, facts) if paging else None
            except (IncompleteListError, ResponseDecodeError) as error:
                annotate(error, call.request, response)
                raise
            if next_query is None:
                break
            query = next_query
        self.snapshots.take_in(every)
        return _result(turn, call, response)

    async def poll_one(self, key: str, not_before: float) -> tuple[Snapshot[T] | None, PollResult]:
        """Read one resource; None if it does not exist.

        Args:
            key: Its id.
            not_before: Earliest time of sending, by the event loop's clock.

        Raises:
            CloudError: The request failed.
        """
        operation = self._lifecycle.get
        assert operation is not None, "there is an operation that reads one"
        path = {**self.path, self._lifecycle.item: key}
        query = self._query(operation)
        number, call, response = await self._send(operation, path, query, not_before)
        if is_absent(call.request, response):
            absence = status_error(call.request, response)
            return None, _result(number, call, response, absence)
        check_status(call.request, response)
        with _reading(call, response):
            snapshot = self.snapshots.take_in_one(
                key, without_byte_order_mark(response.body), operation.keys
            )
        return snapshot, _result(number, call, response)

    def _first_page(self, paging: Paging, query: dict[str, object]) -> dict[str, object]:
        """Return the query of the first page, with the page size of polls."""
        if self._page_size is None or paging.size_parameter is None:
            return dict(paging.first(query))
        return {**query, paging.size_parameter: self._page_size}

    def _query(self, operation: Operation[Any]) -> dict[str, object]:
        """Return the query parameters of an operation among the path parameters."""
        return {
            name: self.path[name] for name in operation.query if self.path.get(name) is not None
        }

    async def _send(
        self, operation: Operation[Any], path: Path, query: dict[str, object], not_before: float
    ) -> tuple[int, Call, Response]:
        number = 0

        def sent() -> None:
            nonlocal number
            self.requests += 1
            number = self.requests

        async with self._budget.slot(lambda: number > 0):
            call, response = await self._caller.send_once(
                operation, path=path, query=query, not_before=not_before, on_sent=sent
            )
        return number, call, response


def _result(
    turn: int, call: Call, response: Response, absence: CloudError | None = None
) -> PollResult:
    now = asyncio.get_running_loop().time()
    return PollResult(turn, now, datetime.now(UTC), (call, response), absence)


@contextmanager
def _reading(call: Call, response: Response) -> Generator[None, None, None]:
    """Translate errors about unreadable bodies to `ResponseDecodeError`."""
    try:
        yield
    except NotFoundInTextError:
        failure = None
    else:
        return
    try:
        parse(call.request, response)
        failure = ResponseDecodeError("the response is not of the declared type")
    except ResponseDecodeError as error:
        failure = without_document(error)
    raise annotate(failure, call.request, response)


def _facts(paging: Paging | None, body: bytes, length: int, seen: int) -> PageFacts:
    """Return what a page says about the rest of its list."""
    cursors = (_value(body, place) for place in paging.cursor_places) if paging else ()
    total = _value(body, paging.total) if paging and paging.total else None
    return PageFacts(
        length,
        next((cursor for cursor in cursors if isinstance(cursor, str)), None),
        seen,
        total if isinstance(total, int) and not isinstance(total, bool) else None,
    )


def _value(body: bytes, keys: tuple[str, ...]) -> Any:
    """Return a value of a body; None if there is none."""
    try:
        at = value_at(body, keys)
        return orjson.loads(body[at : end_of(body, at)])
    except (NotFoundInTextError, orjson.JSONDecodeError):
        return None
