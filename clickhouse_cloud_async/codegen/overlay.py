"""The overlay: decisions of this SDK about an API, from the TOML files beside its contract."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import attrs

from .errors import GeneratorError, OverlayError
from .naming import pascal_case, snake_case

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from clickhouse_cloud_async.core.contract import Contract, ContractOperation, Parameter

Table = dict[str, Any]


@attrs.frozen
class Method:
    """One method of a namespace.

    Attributes:
        name: Python name.
        operation: Id of the operation that it carries out.
        doc: What it does, in a sentence or two.
        preset: Body fields with a fixed value; they are no arguments of the method.
        body: Name of the argument that takes the whole body, where its fields are no arguments.
        paging: How pages follow each other; empty where the response is whole.
        unwrap: Key of the response, or several with dots, that hold all that is of interest.
        optional: Whether a success may lack the result, although the contract does not say so.
        download: Name of a method beside it that writes the result to a file; empty for none. The
            result is bytes then, also where the contract declares no content.
        arguments: The body fields that are arguments; None for all that are not preset.
        scope_first: Whether the scope is the method's own subject and so its first argument.
        scope_required: Whether that argument may not be left out, since the client's own scope is
            not lightly meant.
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
    unwrap: str = ""
    optional: bool = False
    download: str = ""
    arguments: Sequence[str] | None = None
    scope_first: bool = False
    scope_required: bool = False
    idempotent: bool | None = None
    reason: str = ""
    permissions: Sequence[str] | None = None

    def takes(self, wire: str) -> bool:
        """Return whether a field of the body is an argument of the method."""
        return wire not in self.preset and (self.arguments is None or wire in self.arguments)

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
    """The lifecycle of one kind of resource, and the methods that wait.

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
        transitional: Typical seconds of each state that passes by itself.
        at_rest: States that only a command or an outer event ends.
        terminal: States that nothing leaves.
        gone: States of what is deleted or being deleted.
        up: States in which it serves.
        dormant: States of `up` in which it has to be woken before it serves.
        deleted: States of `gone` in which it is gone for all purposes, though still listed.
        deletable: States in which the API accepts a deletion; empty for any.
        conflicts: Operations that the API refuses with 409 while a transition is not over; each
            perhaps with ``states``, the set of states in which that passes, all but `gone` by
            default, and ``unless``, a pattern in the messages of conflicts that stay.
        leads_to: The state in which each transitional one usually ends.
        appears_within: Seconds within which a thing may come to be listed by itself.
        within: The property of the list operation's result that holds them, where it is not all.
        identity: The property that names a thing in a list.
        advice: What to do about a state in which a wait may end without success.
        doc: What there is to know about such waits.
        failed: States of `terminal` in which something went wrong; by default those that are not
            `up`.
    """

    kind: str
    namespace: str
    item: str
    state: str
    methods: dict[str, str]
    get: str | None = None
    list: str | None = None
    transitional: dict[str, float] = attrs.field(factory=dict[str, float])
    at_rest: Sequence[str] = ()
    terminal: Sequence[str] = ()
    gone: Sequence[str] = ()
    up: Sequence[str] = ()
    dormant: Sequence[str] = ()
    deleted: Sequence[str] = ()
    deletable: Sequence[str] = ()
    conflicts: dict[str, dict[str, str]] = attrs.field(factory=dict[str, dict[str, str]])
    leads_to: dict[str, str] = attrs.field(factory=dict[str, str])
    appears_within: float = 0.0
    within: str = ""
    identity: str = "id"
    advice: dict[str, str] = attrs.field(factory=dict[str, str])
    doc: str = ""
    failed: Sequence[str] | None = None


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
    """The decisions about one schema.

    Attributes:
        schema: Its name in the contract.
        module: The module that its class is in.
        name: Name of the class.
        doc: What it is.
        same_as: Another schema whose class it shares.
        always: Fields that every response has.
        require: Fields that requests need although the contract does not say so.
        secret: Fields that are secret although the contract does not say so.
        tags: How variants are distinguished.
    """

    schema: str
    module: str
    name: str
    doc: str
    same_as: str | None
    always: frozenset[str]
    require: frozenset[str]
    secret: frozenset[str]
    tags: Table | None


@attrs.frozen
class Enumeration:
    """The decisions about one set of enum values."""

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
class Scope:
    """A path parameter that calls may leave out, because the client fills it in.

    Attributes:
        parameter: Its wire name.
        argument: Name of the argument.
        noun: What it is in docstrings, such as ``organisation``.
        paths: Beginnings of the paths in which it is the scope; empty for every path.
    """

    parameter: str
    argument: str
    noun: str
    paths: Sequence[str] = ()

    def is_in(self, path: str) -> bool:
        """Return whether a path template has this scope as a parameter."""
        if not self.paths:
            return f"{{{self.parameter}}}" in path
        return any(path == each or path.startswith(f"{each}/") for each in self.paths)


@attrs.frozen
class Address:
    """Path parameters that belong together, as one argument.

    Attributes:
        name: Name of its class.
        argument: Name of the argument.
        doc: What it says.
        parameters: Wire names of its parts, in the order of paths.
        least: With how many of the first parts a path has the address at all.
        queries: Wire names of query parameters that it may hold, too, for calls that leave them
            out.
    """

    name: str
    argument: str
    doc: str
    parameters: Sequence[str]
    least: int
    queries: Sequence[str] = ()


@attrs.frozen
class CommandDecisions:
    """The decisions about the commands of an API.

    Attributes:
        prefix: The word between the program's name and the groups; empty for none.
        exclude: Methods that are no commands, each with the reason.
        confirm: Methods beside those that delete which have to be confirmed, with what they do.
        options: Names of options, by argument or by method and argument, where the argument's own
            name has another meaning on a command line.
        same: Arguments that identify the same kind of resource as another argument.
        ids: Regular expressions of ids of which the contract says nothing, by argument.
        goals: What `--wait` waits for, by method, where that is not the end of the transition that
            its result shows: ``awake``, ``gone`` or a state.
        until: What the examples of waits wait for, by command, where that is not the first state in
            which the resource serves.
        examples: Command lines by method; the first replaces the generated one.
        samples: Values in generated examples, by argument.
        fields: Module that says what tables show of results; empty for none.
        addresses: By the name of an address, the methods that look it up: ``find`` by names, ``of``
            for a thing that ``list`` lists, and the argument ``item`` that is the id of such one.
    """

    prefix: str = ""
    exclude: dict[str, str] = attrs.field(factory=dict[str, str])
    confirm: dict[str, str] = attrs.field(factory=dict[str, str])
    options: dict[str, str] = attrs.field(factory=dict[str, str])
    same: dict[str, str] = attrs.field(factory=dict[str, str])
    ids: dict[str, str] = attrs.field(factory=dict[str, str])
    goals: dict[str, str] = attrs.field(factory=dict[str, str])
    until: dict[str, str] = attrs.field(factory=dict[str, str])
    examples: dict[str, list[str]] = attrs.field(factory=dict[str, "list[str]"])
    samples: dict[str, str] = attrs.field(factory=dict[str, str])
    fields: str = ""
    addresses: dict[str, dict[str, str]] = attrs.field(factory=dict[str, "dict[str, str]"])


@attrs.frozen
class Overlay:
    """All decisions about one API.

    Attributes:
        client: Name of the sync client; the async one has ``Async`` before it.
        scopes: The path parameters that calls may leave out.
        authentication: Name of the authentication for each scheme that only some operations want.
        addresses: Path parameters that are one argument together.
        credential: What a caller has, in docstrings, such as ``key`` or ``token``.
        envelope: Key of the result in most responses; None where the response is the result.
        names: Python names of fields, and of parameters unless `parameter_names` has another.
        parameter_names: Python names of parameters.
        id_prefixes: Names of path parameters that are called ``id``, by the prefix of such IDs.
        docs: What fields and parameters mean.
        namespaces: The groups of methods.
        module_docs: The modules of models, with what they hold.
        models: What is decided about each schema.
        inline: Names of objects that the contract defines where they are used.
        enums: What is decided about sets of words.
        idempotency_rules: Whether operations may be retried, by ID.
        method_idempotency: The same by HTTP method, for all others.
        lifecycles: What changes by itself.
        facade: Further classes that have a sync counterpart.
        commands: The commands; None for an API without any.
    """

    client: str
    scopes: tuple[Scope, ...]
    addresses: tuple[Address, ...]
    credential: str
    envelope: str | None
    authentication: dict[str, str]
    names: Table
    parameter_names: Table
    id_prefixes: dict[str, str]
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
    commands: CommandDecisions | None

    def idempotency(self, operation: str, method: str) -> Idempotency:
        """Return whether an operation may be retried, by its ID or else by its HTTP method."""
        rule = self.idempotency_rules.get(operation) or self.method_idempotency.get(method)
        if rule is None:
            raise OverlayError(f"idempotency.toml: say whether {operation} is idempotent, and why")
        return rule

    def field_name(self, schema: str, wire: str) -> str:
        """Python name of a field or parameter."""
        name = self.names.get(f"{schema}.{wire}", self.names.get(wire))
        return name if name is not None else snake_case(wire)

    def check_operations(self, contract: Contract) -> None:
        """Check that exactly one method carries out each operation of a contract.

        Raises:
            OverlayError: An operation has no method, or several.
        """
        named = [m.operation for ns in self.namespaces for m in ns.methods if not m.preset]
        missing = [
            f"[{snake_case(op.tag or 'namespace')}.{snake_case(name)}]\n"
            f'operation = "{name}"\ndoc = ""'
            for name, op in contract.operations.items()
            if name not in named
        ]
        if missing:
            raise OverlayError(
                "operations.toml: name these operations and say what they do, such as\n"
                + "\n".join(missing)
            )
        unknown = set(named) - contract.operations.keys()
        twice = {name for name in named if named.count(name) > 1}
        if unknown or twice:
            raise OverlayError(
                f"operations.toml: unknown {sorted(unknown)}, named twice {sorted(twice)}"
            )

    def scopes_in(self, operation: ContractOperation) -> tuple[Scope, ...]:
        """The scopes that an operation's path has, in the path's order."""
        places = [parameter.name for parameter in operation.parameters_in("path")]
        found = [s for s in self.scopes if s.parameter in places and s.is_in(operation.path)]
        return tuple(sorted(found, key=lambda scope: places.index(scope.parameter)))

    def own_path_parameters(self, operation: ContractOperation) -> tuple[Parameter, ...]:
        """The path parameters of an operation that every call has to name."""
        scopes = {scope.parameter for scope in self.scopes_in(operation)}
        return tuple(p for p in operation.parameters_in("path") if p.name not in scopes)

    def parameter_name(self, operation: ContractOperation, parameter: Parameter) -> str:
        """Python name of a parameter.

        One that is called `id` has the name of what it identifies, by the prefix of such ids.
        """
        wire = parameter.name
        exact = f"{operation.id}.{wire}"
        for scope in self.scopes_in(operation):
            if scope.parameter == wire and parameter.location == "path":
                return scope.argument
        by_prefix = self.id_prefixes.get(parameter.schema.get("x-id-prefix", ""))
        for name in (
            self.parameter_names.get(exact),
            self.names.get(exact),
            by_prefix if wire == "id" else None,
            self.parameter_names.get(wire),
        ):
            if name:
                return str(name)
        return self.field_name(operation.id, wire)

    def parameter_doc(self, operation: ContractOperation, parameter: Parameter) -> str:
        """Return the description of a parameter.

        Raises:
            OverlayError: It has no description.
        """
        wire, name = parameter.name, self.parameter_name(operation, parameter)
        for key in (f"{operation.id}.{wire}", name, wire):
            if key in self.docs:
                return str(self.docs[key])
        raise OverlayError(f'fields.toml: say what "{name}" means (in {operation.id})')

    def field_doc(self, schema: str, wire: str) -> str:
        """Return the description of a field or parameter; empty if it has none."""
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
    if not (folder / "api.toml").exists():
        raise GeneratorError(
            f"{folder / 'api.toml'} is missing: it says what the client is called (client = ...)"
        )
    files = (
        "api",
        "operations",
        "models",
        "enums",
        "fields",
        "idempotency",
        "lifecycles",
        "commands",
    )
    tables = {name: _read(folder / f"{name}.toml") for name in files}
    api, models = tables["api"], tables["models"]
    if "client" not in api:
        raise OverlayError('api.toml: say what the client is called, such as client = "Library"')
    return Overlay(
        client=api["client"],
        scopes=tuple(Scope(**scope) for scope in api.get("scopes", ())),
        addresses=tuple(Address(name, **table) for name, table in api.get("address", {}).items()),
        credential=api.get("words", {}).get("credential", "caller"),
        envelope=api.get("envelope"),
        authentication=api.get("authentication", {}),
        parameter_names=tables["fields"].get("parameters", {}),
        id_prefixes=api.get("id_prefixes", {}),
        names=tables["fields"].get("names", {})
        | {f"class {name}": value for name, value in api.get("classes", {}).items()},
        docs=tables["fields"].get("fields", {}),
        namespaces=tuple(_namespaces(tables["operations"])),
        module_docs={name: _doc("models.toml", name, table) for name, table in models.items()},
        models={model.schema: model for model in _models(models)},
        inline=api.get("inline", {}),
        enums=tuple(
            Enumeration(
                name, e["of"], _doc("enums.toml", name, e), e.get("prefix", "V"), e.get("module")
            )
            for name, e in tables["enums"].items()
        ),
        idempotency_rules=_rules(tables["idempotency"].get("operations", {})),
        method_idempotency=_rules(tables["idempotency"].get("methods", {})),
        lifecycles=tuple(Lifecycle(kind, **v) for kind, v in tables["lifecycles"].items()),
        facade=Facade(**api.get("facade", {})),
        commands=CommandDecisions(**tables["commands"]) if tables["commands"] else None,
    )


def _doc(file: str, name: str, table: object) -> str:
    """Return the description in a table."""
    if isinstance(table, dict) and isinstance(table.get("doc"), str):
        doc: str = table["doc"]
        return doc
    raise OverlayError(f"{file}: [{name}] has to be a table with a doc, which says what it is")


def _rules(table: Table) -> dict[str, Idempotency]:
    return {name: Idempotency(**rule) for name, rule in table.items()}


def _read(path: Path) -> Table:
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _namespaces(tables: Table, prefix: str = "") -> Iterator[Namespace]:
    for name, table in tables.items():
        children = {k: v for k, v in table.items() if isinstance(v, dict)}
        methods = {k: v for k, v in children.items() if "operation" in v}
        inner = {k: v for k, v in children.items() if "operation" not in v}
        doc = _doc("operations.toml", prefix + name, table)
        yield Namespace(prefix + name, doc, tuple(Method(name=k, **v) for k, v in methods.items()))
        yield from _namespaces(inner, f"{prefix}{name}.")


def _models(modules: Table) -> Iterator[Model]:
    for module, tables in modules.items():
        for schema, table in tables.items():
            if schema == "doc":
                continue
            doc = _doc("models.toml", f"{module}.{schema}", table)
            yield Model(
                schema,
                module,
                table.get("name", schema),
                doc,
                table.get("same_as"),
                frozenset(table.get("always", ())),
                frozenset(table.get("require", ())),
                frozenset(table.get("secret", ())),
                table.get("tags"),
            )
