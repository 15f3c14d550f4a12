"""What the two clients offer, found by looking at them."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import pytest

from clickhouse_cloud_async import AsyncClickHouseCloud, ClickHouseCloud
from clickhouse_cloud_async.core.client import AsyncNamespace
from clickhouse_cloud_async.core.codec import model_fields
from clickhouse_cloud_async.core.operation import Operation
from clickhouse_cloud_async.core.waiting.lifecycle import Lifecycle
from tests.samples import CLICKHOUSE

if TYPE_CHECKING:
    import types
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from functools import cached_property

    from _pytest.mark import ParameterSet

    from clickhouse_cloud_async.core.contract import ContractOperation
    from tests.samples import Samples

T = TypeVar("T")

CHOICES: dict[str, dict[str, Any]] = {"postgresInstanceRestore": {"ip_access_list": "anywhere"}}
"""Arguments of the client's own with which the method of an operation sends one request."""

ORGANIZATION = "7d1f3a52-7a6c-4d3e-9a53-0e8c1b2f4a60"


@attrs.frozen
class Method:
    """A public method of a namespace.

    Attributes:
        name: Its place on the client, such as ``services.get``.
        function: The bound method.
        common: The arguments that any call may take.
    """

    name: str
    function: types.MethodType
    common: frozenset[str] = frozenset()

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
        """The arguments but for those that any call may take, such as the time limit."""
        given = inspect.signature(self.function).parameters
        return {name: p for name, p in given.items() if name not in self.common}

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


def namespaces(owner: object, prefix: str = "") -> Iterator[tuple[str, cached_property[Any]]]:
    """The property behind each namespace of a client, with its place."""
    for name in dir(type(owner)):
        if not name.startswith("_") and _is_namespace(value := getattr(owner, name)):
            yield prefix + name, inspect.getattr_static(type(owner), name)
            yield from namespaces(value, f"{prefix}{name}.")


def _methods(owner: object, prefix: str, common: frozenset[str]) -> Iterator[Method]:
    for name in dir(type(owner)):
        if name.startswith("_"):
            continue
        value = getattr(owner, name)
        if inspect.ismethod(value):
            if prefix:
                yield Method(prefix + name, value, common)
        elif _is_namespace(value):
            yield from _methods(value, f"{prefix}{name}.", common)


def _is_namespace(value: object) -> bool:
    return isinstance(value, AsyncNamespace) or isinstance(
        getattr(value, "_async", None), AsyncNamespace
    )


class Surface:
    """What the two clients of an API offer.

    Args:
        samples: The API's contract, with instances of what it describes.
        clients: The async and the sync client.
        arguments: What they are made with.
        scopes: Values of the scopes among these arguments, by the parameter of paths.
        forms: Brings what is made up for a query parameter to the form that the client insists on.

    Attributes:
        async_methods: The methods of the async client by place; nobody ever calls these.
        sync_methods: Those of the sync client.
        waits: The methods that wait for something, with what they wait for.
        namespaces: The namespaces of both clients.
    """

    def __init__(
        self,
        samples: Samples,
        clients: tuple[type[Any], type[Any]],
        arguments: Mapping[str, Any],
        scopes: Mapping[str, str],
        forms: Mapping[str, Callable[[Any], Any]],
    ) -> None:
        self.samples = samples
        self.clients = clients
        self.arguments = arguments
        self.scopes = scopes
        self.forms = forms
        common = frozenset(arguments.keys() | {"timeout", "extra"})
        made = [client(**arguments) for client in clients]
        self.async_methods, self.sync_methods = (
            {method.name: method for method in _methods(client, "", common)} for client in made
        )
        self.waits = {n: m.lifecycle for n, m in self.async_methods.items() if m.lifecycle}
        self.namespaces = [each for client in made for each in namespaces(client)]

    @property
    def name(self) -> str:
        """Name of the API's folder."""
        return self.samples.api

    @property
    def operations(self) -> list[str]:
        """The places of the methods that are one operation each."""
        return sorted(n for n, method in self.async_methods.items() if method.operation is not None)

    def connect(self, url: str, *, is_async: bool) -> Any:
        """A client of a server."""
        client = self.clients[0 if is_async else 1]
        return client(**self.arguments, base_url=url, rate_limit=None)

    def operation(self, method: Method) -> ContractOperation:
        """The contract's view of the operation that an async method carries out."""
        operation = method.operation
        assert operation is not None, f"{method.name} carries out no operation"
        return self.samples.contract.operations[operation.id]

    def presets(self, method: Method) -> Mapping[str, object]:
        """The fields of the body that a shortcut fills in itself, by wire name."""
        for namespace in self.samples.schemas.overlay.namespaces:
            for each in namespace.methods:
                if f"{namespace.name}.{each.name}" == method.name:
                    return each.preset
        return {}


CLOUD = Surface(
    CLICKHOUSE,
    (AsyncClickHouseCloud, ClickHouseCloud),
    {"api_key": "key", "api_secret": "secret", "organization_id": ORGANIZATION},
    {"organizationId": ORGANIZATION},
    {"filter": lambda conditions: [f"tag:{condition}" for condition in conditions]},
)
"""ClickHouse Cloud."""

SURFACES = [CLOUD]
"""Every API: to add one here is to let it take all walks."""

ASYNC_METHODS, SYNC_METHODS = CLOUD.async_methods, CLOUD.sync_methods
WAITS, NAMESPACES = CLOUD.waits, CLOUD.namespaces
contract_operation = CLOUD.operation


def each_of(names: Callable[[Surface], Iterable[str]]) -> list[ParameterSet]:
    """Parameters of a test: every API with each of some names.

    Args:
        names: Gives the names of an API.
    """
    return [
        pytest.param(surface, name, id=f"{surface.name}-{name}")
        for surface in SURFACES
        for name in names(surface)
    ]


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
