"""What this SDK decides about an API, read from the TOML files beside its contract."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import attrs

from .naming import pascal_case, snake_case

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

Table = dict[str, Any]


class OverlayError(Exception):
    """The overlay does not fit the contract; the message says what to write where."""


@attrs.frozen
class Method:
    """One method of a namespace.

    Attributes:
        name: Python name.
        operation: Id of the operation that it carries out.
        doc: What it does, in a sentence or two.
        preset: Body fields with a fixed value; they are no arguments of the method.
        body: Name of the argument that takes the whole body, for a body that is a union.
        paging: How pages follow each other; empty where the answer is whole.
        scope_first: Whether the scope is the method's own subject and so its first argument.
        idempotent: Whether it may be retried when its outcome is unknown, where a preset makes that
            differ from its operation.
        reason: Why, where `idempotent` is given.
        permissions: The permissions that it needs, where the contract's are not all.
    """

    name: str
    operation: str
    doc: str
    preset: Table = attrs.field(factory=dict)
    body: str = "body"
    paging: Table = attrs.field(factory=dict)
    scope_first: bool = False
    idempotent: bool | None = None
    reason: str = ""
    permissions: Sequence[str] | None = None

    @property
    def iterator(self) -> str:
        """Name of the method that gives the items one by one, where there are pages."""
        return "iterate" if self.name == "list" else self.name.replace("list_", "iterate_")


@attrs.frozen
class Idempotency:
    """Whether an operation may be retried when its outcome is unknown, and why."""

    idempotent: bool
    reason: str


@attrs.frozen
class Lifecycle:
    """How one kind of thing changes by itself, and the methods that wait for it.

    Attributes:
        kind: What it is called.
        namespace: The namespace of the methods.
        item: The path parameter that names one thing.
        state: Schema and property that hold the state, such as ``Service.state``; the schema alone
            where no state tells, and only a condition can be waited for.
        methods: Names of the methods: ``until``, ``follow`` where there are states, and ``gone``
            where it can be deleted.
        get: Id of the operation that gives one thing; None where only a list shows it.
        list: Id of the operation that gives all; None where there is none.
        transient: Typical seconds of each state that passes by itself.
        at_rest: States that only a command or an outer event ends.
        dead_ends: States that nothing leaves.
        gone: States of what is deleted or being deleted.
        up: States in which it serves.
        dormant: States of `up` in which it has to be woken before it serves.
        deleted: States of `gone` in which it is gone for all purposes, though still listed.
        leads_to: The state in which each transient one usually ends.
        within: The property of the list operation's result that holds them, where it is not all.
        identity: The property that names a thing in a list.
        advice: What to do about a state in which a wait may end without success.
        doc: What there is to know about such waits.
    """

    kind: str
    namespace: str
    item: str
    state: str
    methods: dict[str, str]
    get: str | None = None
    list: str | None = None
    transient: dict[str, float] = attrs.field(factory=dict[str, float])
    at_rest: Sequence[str] = ()
    dead_ends: Sequence[str] = ()
    gone: Sequence[str] = ()
    up: Sequence[str] = ()
    dormant: Sequence[str] = ()
    deleted: Sequence[str] = ()
    leads_to: dict[str, str] = attrs.field(factory=dict[str, str])
    within: str = ""
    identity: str = "id"
    advice: dict[str, str] = attrs.field(factory=dict[str, str])
    doc: str = ""


@attrs.frozen
class Namespace:
    """A group of methods, such as ``services`` or ``clickstack.dashboards``."""

    name: str
    doc: str
    methods: tuple[Method, ...]

    @property
    def module(self) -> str:
        """Name of the module that the namespace is written to."""
        return self.name.replace(".", "_")

    @property
    def attribute(self) -> str:
        """Name of the property that gives the namespace."""
        return self.name.rpartition(".")[2]

    @property
    def parent(self) -> str:
        """Name of the namespace that this one hangs on; empty for the client."""
        return self.name.rpartition(".")[0]


@attrs.frozen
class Model:
    """What is decided about one schema."""

    schema: str
    module: str
    name: str
    doc: str
    same_as: str | None
    always: frozenset[str]
    require: frozenset[str]
    tags: Table | None


@attrs.frozen
class Enumeration:
    """What is decided about one set of enum values."""

    name: str
    of: str
    doc: str
    prefix: str
    module: str | None


@attrs.frozen
class Facade:
    """Classes beside namespaces and client that have a sync counterpart.

    Attributes:
        sources: Modules of the package whose first class has one, each of its module's name.
        by_hand: The module with what they do in a way of their own: for ``AsyncX`` the class
            ``SyncX``, and classes that are the counterparts themselves.
    """

    sources: Sequence[str] = ()
    by_hand: str = ""


@attrs.frozen
class Overlay:
    """All that is decided about one API."""

    client: str
    scope: str
    envelope: str | None
    authentication: dict[str, str]
    names: Table
    docs: Table
    namespaces: tuple[Namespace, ...]
    module_docs: dict[str, str]
    models: dict[str, Model]
    inline: dict[str, str]
    enums: tuple[Enumeration, ...]
    idempotency_rules: dict[str, Idempotency]
    method_idempotency: dict[str, Idempotency]
    lifecycles: tuple[Lifecycle, ...]
    facade: Facade

    def idempotency(self, operation: str, method: str) -> Idempotency:
        """Whether an operation may be retried, by its ID or else by its HTTP method."""
        rule = self.idempotency_rules.get(operation) or self.method_idempotency.get(method)
        if rule is None:
            raise OverlayError(f"idempotency.toml: say whether {operation} is idempotent, and why")
        return rule

    def field_name(self, schema: str, wire: str) -> str:
        """Python name of a field or parameter."""
        name = self.names.get(f"{schema}.{wire}", self.names.get(wire))
        return name if name is not None else snake_case(wire)

    def field_doc(self, schema: str, wire: str) -> str:
        """What a field or parameter means; empty where nothing is written about it."""
        return str(self.docs.get(f"{schema}.{wire}", self.docs.get(wire, "")))

    def class_name(self, namespace: Namespace) -> str:
        """Name of a namespace's sync class; the async one has ``Async`` before it."""
        given = self.names.get(f"class {namespace.name}")
        return str(given) if given else pascal_case(namespace.module)


def load_overlay(folder: Path) -> Overlay:
    """Read the overlay of an API.

    Args:
        folder: The API's folder ``overlay``.
    """
    files = ("api", "operations", "models", "enums", "fields", "idempotency", "lifecycles")
    tables = {name: _read(folder / f"{name}.toml") for name in files}
    api, models = tables["api"], tables["models"]
    return Overlay(
        client=api["client"],
        scope=api["scope"],
        envelope=api.get("envelope"),
        authentication=api.get("authentication", {}),
        names=tables["fields"].get("names", {})
        | {f"class {name}": value for name, value in api.get("classes", {}).items()},
        docs=tables["fields"].get("fields", {}),
        namespaces=tuple(_namespaces(tables["operations"])),
        module_docs={name: table["doc"] for name, table in models.items()},
        models={model.schema: model for model in _models(models)},
        inline=api.get("inline", {}),
        enums=tuple(
            Enumeration(name, e["of"], e["doc"], e.get("prefix", "V"), e.get("module"))
            for name, e in tables["enums"].items()
        ),
        idempotency_rules=_rules(tables["idempotency"].get("operations", {})),
        method_idempotency=_rules(tables["idempotency"].get("methods", {})),
        lifecycles=tuple(Lifecycle(kind, **v) for kind, v in tables["lifecycles"].items()),
        facade=Facade(**api.get("facade", {})),
    )


def _rules(table: Table) -> dict[str, Idempotency]:
    return {name: Idempotency(**rule) for name, rule in table.items()}


def _read(path: Path) -> Table:
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _namespaces(tables: Table, prefix: str = "") -> Iterator[Namespace]:
    for name, table in tables.items():
        children = {k: v for k, v in table.items() if isinstance(v, dict)}
        methods = {k: v for k, v in children.items() if "operation" in v}
        inner = {k: v for k, v in children.items() if "operation" not in v}
        yield Namespace(
            prefix + name, table["doc"], tuple(Method(name=k, **v) for k, v in methods.items())
        )
        yield from _namespaces(inner, f"{prefix}{name}.")


def _models(modules: Table) -> Iterator[Model]:
    for module, tables in modules.items():
        for schema, table in tables.items():
            if schema == "doc":
                continue
            yield Model(
                schema,
                module,
                table.get("name", schema),
                table["doc"],
                table.get("same_as"),
                frozenset(table.get("always", ())),
                frozenset(table.get("require", ())),
                table.get("tags"),
            )
