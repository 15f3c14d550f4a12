"""Names in place of IDs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.core.errors import CloudError, NotFoundError

from .loading import method_of
from .values import nearest

if TYPE_CHECKING:
    from .table import Finder, Parameter

_KIND = re.compile(r"ID of (?:the|an?) ([\w ]+?)(?:[.,;]| whose\b| that\b| to\b| of\b|$)")
_SUFFIX = re.compile(r"_ids?$")


class Names:
    """Finds the IDs of named resources in the arguments of one command.

    Args:
        client: The client of the API.
        parameters: The parameters of the command.
        arguments: The arguments, in which names are replaced by IDs.
    """

    def __init__(
        self, client: Any, parameters: tuple[Parameter, ...], arguments: dict[str, Any]
    ) -> None:
        self._client = client
        self._parameters = {each.name: each for each in parameters if each.find and not each.into}
        self._arguments = arguments
        self._done = set[str]()
        self._lists: dict[tuple[str, str], list[Any]] = {}

    async def resolve(self) -> None:
        """Replace names by IDs.

        Raises:
            NotFoundError: No resource has such a name or ID.
            CloudError: Several resources have the name.
        """
        for name in self._parameters:
            await self._resolve(name)

    async def _resolve(self, name: str) -> None:
        if name in self._done or self._arguments.get(name) is None:
            return
        self._done.add(name)
        parameter = self._parameters[name]
        assert parameter.find is not None
        for needed in parameter.find.arguments:
            if needed in self._parameters and needed != name:
                await self._resolve(needed)
        value = self._arguments[name]
        if isinstance(value, list):
            self._arguments[name] = [await self._id(parameter.find, name, each) for each in value]
        else:
            self._arguments[name] = await self._id(parameter.find, name, value)

    async def _id(self, finder: Finder, argument: str, text: Any) -> Any:
        if not isinstance(text, str) or (finder.pattern and re.fullmatch(finder.pattern, text)):
            return text
        items = await self._items(finder)
        ids = [getattr(item, finder.identity) for item in items]
        if text in map(str, ids):
            return text
        named = [id_ for id_, item in zip(ids, items, strict=True) if item.name == text]
        kind = self._kind(argument)
        if len(named) == 1:
            return named[0]
        if named:
            ids = sorted(map(str, named))
            raise CloudError(f"{len(ids)} are named {text!r}: pass the id of the {kind}, {ids}")
        known = [str(item.name) for item in items]
        raise NotFoundError(f"no {kind} is named {text!r}{nearest(text, known)}")

    def _kind(self, argument: str) -> str:
        """Return what the resources of an argument are called, by its help if that says so."""
        said = _KIND.match(self._parameters[argument].help)
        return said[1] if said else _SUFFIX.sub("", argument).replace("_", " ")

    async def _items(self, finder: Finder) -> list[Any]:
        given = {
            name: self._arguments[name]
            for name in finder.arguments
            if self._arguments.get(name) is not None
        }
        key = (finder.method, repr(given))
        if key not in self._lists:
            self._lists[key] = await method_of(self._client, finder.method)(**given)
        return self._lists[key]
