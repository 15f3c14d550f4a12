"""What the two clients offer, found by looking at them."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from clickhouse_cloud_async import AsyncClickHouseCloud, ClickHouseCloud
from clickhouse_cloud_async.core.client import AsyncNamespace
from clickhouse_cloud_async.core.codec import model_fields
from clickhouse_cloud_async.core.operation import Operation
from clickhouse_cloud_async.core.waiting.lifecycle import Lifecycle
from tests.samples import CONTRACT

if TYPE_CHECKING:
    import types
    from collections.abc import Iterator
    from functools import cached_property

    from clickhouse_cloud_async.core.contract import ContractOperation

T = TypeVar("T")

ORGANIZATION = "7d1f3a52-7a6c-4d3e-9a53-0e8c1b2f4a60"


@attrs.frozen
class Method:
    """A public method of a namespace.

    Attributes:
        name: Its place on the client, such as ``services.get``.
        function: The bound method.
    """

    name: str
    function: types.MethodType

    @property
    def operation(self) -> Operation[Any] | None:
        """The operation that the code of an async method names; None for an extension."""
        found = [_named_in(function, Operation) for function in self._versions]
        return next((operation for operation in found if operation is not None), None)

    @property
    def lifecycle(self) -> Lifecycle[Any] | None:
        """The lifecycle that the code of a method that waits names; None for any other method."""
        found = [_named_in(function, Lifecycle) for function in self._versions]
        return next((lifecycle for lifecycle in found if lifecycle is not None), None)

    @property
    def added(self) -> set[str]:
        """The arguments that a method has beyond those of the generated one that it extends."""
        generated = inspect.signature(self._versions[-1]).parameters
        return inspect.signature(self.function).parameters.keys() - generated.keys()

    @property
    def _versions(self) -> list[types.FunctionType]:
        """The method as it is, and as the classes below have it."""
        name = self.name.rpartition(".")[2]
        kinds = type(self.function.__self__).__mro__
        return [vars(kind)[name] for kind in kinds if name in vars(kind)]

    @property
    def arguments(self) -> dict[str, inspect.Parameter]:
        """The arguments but for the organisation and the time limit, which any call may take."""
        given = inspect.signature(self.function).parameters
        return {name: p for name, p in given.items() if name not in {"organization_id", "timeout"}}

    @property
    def is_iterator(self) -> bool:
        """Whether it gives items one by one."""
        return "Iterator" in str(inspect.signature(self.function).return_annotation)

    @property
    def is_preset(self) -> bool:
        """Whether it leaves out fields of the request body, which it fills in itself."""
        fields = {name for name, _ in body_fields(self.operation)}
        return not fields <= self.arguments.keys() and not self.takes_union

    @property
    def takes_union(self) -> bool:
        """Whether the whole body is one argument, because it has variants."""
        operation = self.operation
        return operation is not None and not (
            operation.body is None or isinstance(operation.body, type)
        )


def _named_in(function: types.FunctionType, kind: type[T]) -> T | None:
    named = [function.__globals__.get(name) for name in function.__code__.co_names]
    return next((value for value in named if isinstance(value, kind)), None)


def body_fields(operation: Operation[Any] | None) -> list[tuple[str, str]]:
    """Python and wire name of each field of an operation's body class."""
    if operation is None or not isinstance(operation.body, type):
        return []
    return [(field.name, field.wire) for field in model_fields(operation.body)]


def methods(client: object) -> dict[str, Method]:
    """Every public method of every namespace of a client, by its place."""
    return {method.name: method for method in _methods(client, "")}


def namespaces(owner: object, prefix: str = "") -> Iterator[tuple[str, cached_property[Any]]]:
    """The property behind each namespace of a client, with its place."""
    for name in dir(type(owner)):
        if not name.startswith("_") and _is_namespace(value := getattr(owner, name)):
            yield prefix + name, inspect.getattr_static(type(owner), name)
            yield from namespaces(value, f"{prefix}{name}.")


def _methods(owner: object, prefix: str) -> Iterator[Method]:
    for name in dir(type(owner)):
        if name.startswith("_"):
            continue
        value = getattr(owner, name)
        if inspect.ismethod(value):
            if prefix:
                yield Method(prefix + name, value)
        elif _is_namespace(value):
            yield from _methods(value, f"{prefix}{name}.")


def _is_namespace(value: object) -> bool:
    return isinstance(value, AsyncNamespace) or isinstance(
        getattr(value, "_async", None), AsyncNamespace
    )


_ASYNC = AsyncClickHouseCloud("key", "secret", organization_id=ORGANIZATION)
_SYNC = ClickHouseCloud("key", "secret", organization_id=ORGANIZATION)

ASYNC_METHODS, SYNC_METHODS = methods(_ASYNC), methods(_SYNC)
"""The methods of the clients; nobody ever calls these."""

WAITS = {name: method.lifecycle for name, method in ASYNC_METHODS.items() if method.lifecycle}
"""The methods that wait for something, with what they wait for."""

NAMESPACES = [*namespaces(_ASYNC), *namespaces(_SYNC)]
"""The namespaces of both clients."""


def contract_operation(method: Method) -> ContractOperation:
    """The contract's view of the operation that an async method carries out."""
    operation = method.operation
    assert operation is not None, f"{method.name} carries out no operation"
    return CONTRACT.operations[operation.id]


def documented(text: str, section: str) -> dict[str, str]:
    """The entries of a section of a Google-style docstring.

    Args:
        text: The docstring, as `inspect.getdoc` gives it.
        section: Title of the section, such as ``Args``.
    """
    match = re.search(rf"^{section}:\n((?:    .*\n?|\n)*)", text, re.MULTILINE)
    entries: dict[str, str] = {}
    for line in match[1].splitlines() if match else ():
        entry = re.match(r"    (\w+): (.*)", line)
        if entry:
            entries[entry[1]] = entry[2]
        elif line.strip():
            entries[next(reversed(entries))] += f" {line.strip()}"
    return entries
