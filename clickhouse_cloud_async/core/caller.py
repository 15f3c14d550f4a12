"""Carries out operations: from arguments to results, whole or page by page."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

import attrs

from .arguments import checked_id, checked_retry, checked_timeout
from .building import NOTHING
from .errors import (
    BadRequestError,
    IncompleteListError,
    NotFoundError,
    ResponseDecodeError,
)
from .files import written_file
from .holding import sending_changes
from .lookups import name_lookups
from .memory import memory_of_context
from .pages import read_page
from .paging import following
from .problems import annotate, check_status
from .requester import ONCE, Requester
from .responses import read_result
from .scopes import ScopeValue
from .settling import SettlingResource
from .values import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from os import PathLike
    from uuid import UUID

    from .building import Path, Query
    from .conflicts import PassingConflict
    from .operation import Operation
    from .retry import RetryPolicy

T = TypeVar("T")


class Caller(Requester):
    """Carries out the operations of one client, for all its namespaces."""

    async def close(self) -> None:
        """End all waits and close all connections."""
        await self.pollers.close()
        await self._sender.close()

    async def call(
        self,
        operation: Operation[T],
        *,
        path: Path = NOTHING,
        query: Query = NOTHING,
        body: object = UNSET,
        headers: Query = NOTHING,
        timeout: float | Unset | None = UNSET,
        conflict: PassingConflict | None = None,
    ) -> T:
        """Carry out an operation.

        Args:
            operation: The operation.
            path: Value of each path parameter; the scope may be None.
            query: Value of each query parameter, or `UNSET`.
            body: The request body, as the operation declares it; `UNSET` for none.
            headers: Value of each header parameter, or `UNSET`.
            timeout: Seconds for the whole call; None for no limit, `UNSET` for the client's.
            conflict: Its conflicts that pass by themselves; None if there are none.

        Returns:
            The decoded result.

        Raises:
            CloudError: A failure; see its subclasses.
        """
        call = self._begin(operation, path, query, body, headers)
        memory = memory_of_context()
        if memory is not None and memory.knows(call.request):
            known: T = memory.recall(call.request)
            return known
        created = self.pollers.created
        call.is_expected = created.expects(operation.method, call.request.path)
        settling = None if conflict is None else self._settling(conflict, path)
        response = await self._runner.run(call, timeout, settling)
        try:
            result: T = read_result(operation, call.request, response, self.drift)
        except (BadRequestError, NotFoundError) as error:
            if memory is not None and isinstance(error, NotFoundError):
                memory.keep_missing(call.request)
            name_lookups(error, path, self._api.lookups)
            raise
        if memory is not None:
            memory.keep(call.request, result)
        if operation.method == "POST":
            created.add(result, call.request.path)
        elif operation.method == "DELETE":
            created.discard(call.request.path)
        return result

    async def download(
        self,
        operation: Operation[bytes],
        save_to: str | PathLike[str],
        *,
        path: Path = NOTHING,
        query: Query = NOTHING,
        timeout: float | Unset | None = UNSET,
    ) -> int:
        """Write an operation's binary result of any size to a file.

        The file appears under its name when it is complete, and replaces an existing one.

        Args:
            operation: An operation whose result is bytes.
            save_to: Path of the file.
            path: As in `call`.
            query: As in `call`.
            timeout: As in `call`.

        Returns:
            The number of bytes.

        Raises:
            CloudError: A failure; see its subclasses.
        """
        call = self._begin(operation, path, query)
        with written_file(save_to) as file:
            call.request.save_to = file
            response = await self._runner.run(call, timeout)
            check_status(call.request, response)
            return file.tell()

    async def pages(
        self,
        operation: Operation[list[T]],
        *,
        path: Path = NOTHING,
        query: Query = NOTHING,
        body: object = UNSET,
        timeout: float | Unset | None = UNSET,
    ) -> AsyncIterator[T]:
        """Yield the items of a paged list, requesting each page when it is needed.

        Args:
            operation: A list operation with paging.
            path: As in `call`.
            query: As in `call`; its paging parameter selects the first page.
            body: As in `call`.
            timeout: Seconds for each page; otherwise as in `call`.

        Raises:
            CloudError: A failure; see its subclasses.
        """
        paging = operation.paging
        assert paging is not None, "the operation has paging"
        query = paging.first(query)
        next_query: Query | None = query
        seen = 0
        memory, every = memory_of_context(), list[T]()
        first = self._begin(operation, path, query, body).request
        if memory is not None and memory.knows(first):
            for item in memory.recall(first):
                yield item
            return
        while next_query is not None:
            query = next_query
            call = self._begin(operation, path, query, body)
            with sending_changes():  # some lists are requested with POST
                response = await self._runner.run(call, timeout)
            items, page = read_page(operation, call.request, response, self.drift)
            for item in items:
                yield item
            every += () if memory is None else items
            try:
                seen += page.length
                next_query = following(paging, query, attrs.evolve(page, seen=seen))
            except (IncompleteListError, ResponseDecodeError) as error:
                annotate(error, call.request, response)
                raise
        if memory is not None:
            memory.keep(first, every)

    def derived(
        self,
        *,
        timeout: float | Unset | None,
        policy: RetryPolicy | int | Unset,
        scopes: Mapping[str, str | UUID | Unset],
    ) -> Caller:
        """Return a caller with other defaults over the same connections and rate limit.

        Raises:
            InvalidArgumentError: A default is invalid.
        """
        policy = checked_retry(policy)
        given = {
            name: ScopeValue(checked_id(name, value), None)
            for name, value in scopes.items()
            if not isinstance(value, Unset)
        }
        return Caller(
            self._api,
            self.transport,
            self._sender,
            self._timeout if timeout is UNSET else checked_timeout(timeout),
            self._policy if policy is UNSET else policy,
            self._scopes.changed(given),
            self.pollers,
            self.drift,
        )

    def _settling(self, conflict: PassingConflict, path: Path) -> SettlingResource | None:
        """Return the resource that may refuse a call while it settles; None without retries."""
        if self._policy.attempts == ONCE.attempts:
            return None
        get = conflict.lifecycle.get
        assert get is not None, "the generator checks that the resource can be read"
        read = partial(self.call, get, path=path)
        return SettlingResource(conflict, read, self.pollers.polling.speed)
