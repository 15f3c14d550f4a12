"""The public interface of both clients of an API, by introspection."""

from __future__ import annotations

import inspect
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from clickhouse_cloud_async.codegen.bodies import header_parameters
from clickhouse_cloud_async.core.client import AsyncNamespace
from clickhouse_cloud_async.core.codec import model_fields
from clickhouse_cloud_async.core.model import Model
from clickhouse_cloud_async.core.operation import Operation
from clickhouse_cloud_async.core.waiting.lifecycle import Lifecycle

if TYPE_CHECKING:
    import types
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from clickhouse_cloud_async.codegen.overlay import Address
    from clickhouse_cloud_async.core.api import API
    from clickhouse_cloud_async.core.contract import ContractOperation, Parameter
    from tests.samples import Samples

    from .relay import Relay

T = TypeVar("T")


@attrs.frozen
class Method:
    """A public method of a namespace.

    Attributes:
        name: Its place on the client, such as ``services.get``.
        function: The bound method.
        common: The arguments that any call may take.
        body: Name of the argument for the body where it is one argument.
        presets: The fields of the body that a shortcut fills in itself, by wire name.
    """

    name: str
    function: types.MethodType
    common: frozenset[str] = frozenset()
    body: str = "body"
    presets: Mapping[str, object] = attrs.field(factory=dict)

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
    def is_download(self) -> bool:
        """Whether it writes the result of its operation to a file."""
        return "save_to" in self.arguments

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
    def takes_whole_body(self) -> bool:
        """Whether the whole body is one argument: it has variants, or is no object."""
        return self.body in self.arguments and body_class(self.operation) is None


def _named_in(function: types.FunctionType, kind: type[T]) -> T | None:
    named = [function.__globals__.get(name) for name in function.__code__.co_names]
    return next((value for value in named if isinstance(value, kind)), None)


def body_class(operation: Operation[Any] | None) -> type[Model] | None:
    """The class of an operation's body whose fields are arguments; None where it is no object."""
    kind = None if operation is None else operation.body
    return kind if isinstance(kind, type) and issubclass(kind, Model) else None


def body_fields(operation: Operation[Any] | None) -> list[tuple[str, str]]:
    """Python and wire name of each field of an operation's body class."""
    kind = body_class(operation)
    return [] if kind is None else [(field.name, field.wire) for field in model_fields(kind)]


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


@attrs.frozen(slots=False, eq=False, kw_only=True)
class Surface:
    """One API as the walks over all that it offers need it.

    Attributes:
        api: The API as a value.
        samples: The API's contract, with instances of what it describes.
        clients: The async and the sync client.
        arguments: What they are made with: credentials, and every scope.
        authorization: The header that these credentials make, by the name of an operation's
            authentication.
        size: How many operations and schemas the API is known to have.
        walk: Uses every operation of the emulator through a relay, with a class of client; None
            where there is no emulator.
        extensions: Methods that combine others.
        elsewhere: Methods of one operation that are tested elsewhere, because they send further
            requests, or need other credentials.
        choices: Arguments of the client's own with which the method of an operation sends one
            request, by the operation's id.
        demanded: Arguments that the client asks for, or reads before, although the contract
            requires none, by method.
        forms: Brings what is made up for a query parameter to the form that the client insists on.
        beside_results: Schemas of what responses say beside their results.
        without_lifecycle: States in responses that no lifecycle has, and why.
    """

    api: API
    samples: Samples
    clients: tuple[type[Any], type[Any]]
    arguments: Mapping[str, Any]
    authorization: Mapping[str, str | None]
    size: tuple[int, int]
    walk: Callable[[Surface, Relay, type[Any]], Awaitable[None]] | None = None
    extensions: frozenset[str] = frozenset()
    elsewhere: frozenset[str] = frozenset()
    choices: Mapping[str, Mapping[str, Any]] = attrs.field(factory=dict)
    demanded: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    forms: Mapping[str, Callable[[Any], Any]] = attrs.field(factory=dict)
    beside_results: frozenset[str] = frozenset()
    without_lifecycle: Mapping[str, str] = attrs.field(factory=dict)

    @property
    def name(self) -> str:
        """Name of the API's folder."""
        return self.api.name

    @property
    def scope_arguments(self) -> set[str]:
        """The arguments of calls that name a scope."""
        return {scope.argument for scope in self.api.scopes}

    @cached_property
    def _made(self) -> list[Any]:
        """Clients that never send anything."""
        return [client(**self.arguments) for client in self.clients]

    def _methods_of(self, client: object) -> dict[str, Method]:
        common = frozenset(self.scope_arguments | {"timeout", "extra"})
        made = {method.name: method for method in _methods(client, "", common)}
        for namespace in self.samples.schemas.overlay.namespaces:
            for each in namespace.methods:
                name = f"{namespace.name}.{each.name}"
                made[name] = attrs.evolve(made[name], body=each.body, presets=each.preset)
        return made

    @cached_property
    def async_methods(self) -> dict[str, Method]:
        """The methods of the async client by place; nobody ever calls these."""
        return self._methods_of(self._made[0])

    @cached_property
    def sync_methods(self) -> dict[str, Method]:
        """Those of the sync client."""
        return self._methods_of(self._made[1])

    @cached_property
    def waits(self) -> dict[str, Lifecycle[Any]]:
        """The methods that wait for something, with what they wait for."""
        return {n: m.lifecycle for n, m in self.async_methods.items() if m.lifecycle}

    @cached_property
    def namespaces(self) -> list[tuple[str, cached_property[Any]]]:
        """The namespaces of both clients."""
        return [each for client in self._made for each in namespaces(client)]

    @property
    def operations(self) -> list[str]:
        """The places of the methods that send the request of one operation, and no other."""
        return sorted(
            name
            for name, method in self.async_methods.items()
            if method.operation is not None and name not in self.elsewhere
        )

    def connect(self, url: str, *, is_async: bool, **options: Any) -> Any:
        """A client of a server."""
        client = self.clients[0 if is_async else 1]
        return client(**self.arguments, base_url=url, rate_limit=None, **options)

    def operation(self, method: Method) -> ContractOperation:
        """The contract's view of the operation that an async method carries out."""
        operation = method.operation
        assert operation is not None, f"{method.name} carries out no operation"
        return self.samples.contract.operations[operation.id]

    def method_of(self, operation: str) -> Method:
        """The plain async method of an operation."""
        return self._plain[operation]

    @cached_property
    def _plain(self) -> dict[str, Method]:
        return {
            method.operation.id: method
            for method in self.async_methods.values()
            if method.operation and not (method.is_iterator or method.is_download or method.presets)
        }

    def by_position(self, method: Method) -> list[Parameter]:
        """The parameters of the path that a method takes by position."""
        facts = self.operation(method)
        scopes = self.api.scopes_in(facts.path)
        arguments = inspect.signature(method.function).parameters
        taken: list[Parameter] = []
        for parameter in facts.parameters_in("path"):
            scope = scopes.get(parameter.name)
            argument = arguments.get(scope.argument) if scope else None
            if argument is None or argument.kind is argument.POSITIONAL_OR_KEYWORD:
                taken.append(parameter)
        return taken

    def address_of(self, method: Method) -> Address | None:
        """The address that a method takes by position in place of its parts."""
        arguments = inspect.signature(method.function).parameters
        for address in self.samples.schemas.overlay.addresses:
            argument = arguments.get(address.argument)
            if argument is not None and argument.kind is argument.POSITIONAL_OR_KEYWORD:
                return address
        return None

    def python_names(self, method: Method) -> dict[str, str]:
        """The names of arguments for the parameters of query and header, by wire name."""
        facts, overlay = self.operation(method), self.samples.schemas.overlay
        parameters = (*facts.parameters_in("query"), *header_parameters(facts))
        return {each.name: overlay.parameter_name(facts, each) for each in parameters}


def documented(text: str, section: str) -> dict[str, str]:
    """The entries of a section of a Google-style docstring.

    Args:
        text: The docstring, as `inspect.getdoc` gives it.
        section: Title of the section, such as ``Args``.
    """
    match = re.search(rf"^{section}:\n((?:    .*\n?|\n)*)", text, re.MULTILINE)
    entries: dict[str, str] = {}
    for line in match[1].splitlines() if match else ():
        entry = re.match(r"    \**(\w+): (.*)", line)
        if entry:
            entries[entry[1]] = entry[2]
        elif line.strip():
            entries[next(reversed(entries))] += f" {line.strip()}"
    return entries
