"""Values of scopes that calls omit: passed to the client, or looked up with the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .errors import ConfigurationError
from .loop_lock import LoopLock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from .api import API, Scope


class ScopeValue(NamedTuple):
    """The value of a scope.

    Attributes:
        value: The id.
        origin: Where it comes from, for error messages; None for an argument.
    """

    value: str
    origin: str | None


class ScopeFinder:
    """Looks up scopes with the API, each once for any number of calls.

    Args:
        find: Looks up one.
    """

    def __init__(self, find: Callable[[Scope], Awaitable[str]]) -> None:
        self._find = find
        self._found: dict[str, str] = {}
        self._locks: dict[str, LoopLock] = {}

    def found(self, scope: Scope) -> str | None:
        """Return the value of a scope; None if it has not been looked up."""
        return self._found.get(scope.argument)

    async def find(self, scope: Scope) -> str:
        """Return the value of a scope, looking it up if necessary."""
        name = scope.argument
        async with self._locks.setdefault(name, LoopLock()).here:
            if name not in self._found:
                self._found[name] = await self._find(scope)
        return self._found[name]


class Scopes:
    """The scopes of one client.

    Args:
        api: The API.
        values: The values passed to it, by argument.
        finder: Looks up the others; derived clients share it.
    """

    def __init__(self, api: API, values: Mapping[str, ScopeValue], finder: ScopeFinder) -> None:
        self._api = api
        self._values = values
        self._finder = finder

    def known(self, scope: Scope) -> str | None:
        """Return the value of a scope if it is known without a request."""
        given = self._values.get(scope.argument)
        return self._finder.found(scope) if given is None else given.value

    async def value(self, scope: Scope) -> str:
        """Return the value of a scope, looking it up with the API if necessary."""
        return self.known(scope) or await self._finder.find(scope)

    async def default(self) -> str:
        """Return the value of the API's first scope, such as the organisation.

        Raises:
            ConfigurationError: The API has no scopes.
        """
        if not self._api.scopes:
            raise ConfigurationError(f"{self._api.title} has no scope such as an organisation")
        return await self.value(self._api.scopes[0])

    def hint(self, scope: Scope) -> str:
        """Return the origin of a value, for error messages; empty for an argument."""
        given = self._values.get(scope.argument)
        origin = None if given is None else given.origin
        return "" if origin is None else f"the {scope.noun} comes from {origin}"

    def changed(self, values: Mapping[str, ScopeValue]) -> Scopes:
        """Return these scopes with some values replaced."""
        return Scopes(self._api, {**self._values, **values}, self._finder)
