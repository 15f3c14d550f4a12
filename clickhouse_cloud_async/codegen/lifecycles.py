"""Writes lifecycles, and the methods that wait."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

import attrs

from clickhouse_cloud_async.core.contract import Parameter

from .arguments import Argument, Arguments, signature
from .docstrings import docstring, refusals_of, with_article
from .errors import OverlayError
from .words import Words, words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from clickhouse_cloud_async.core.contract import Contract, ContractOperation

    from .addresses import Addresses
    from .annotations import Annotations, Spelling
    from .operation_values import OperationValues
    from .overlay import Address, Lifecycle, Namespace, Overlay
    from .schemas import Schemas

MODULE = "clickhouse_cloud_async.core.waiting"
TIMEOUT = Argument(
    "timeout", "float | None", "1800.0", "Seconds for the whole wait; None for no limit."
)


class LifecycleWriter:
    """Writes the lifecycles of a namespace and the methods that wait.

    Args:
        contract: The facts.
        overlay: The decisions.
        schemas: The schemas of the resources.
        annotations: The writer of their types.
        arguments: The writer of arguments.
        values: The writer of operations.
        spelling: Rewrites the types of arguments, so that misspelt states are found.
        addresses: Replaces path parameters.
    """

    def __init__(
        self,
        contract: Contract,
        overlay: Overlay,
        schemas: Schemas,
        annotations: Annotations,
        arguments: Arguments,
        values: OperationValues,
        spelling: Spelling,
        addresses: Addresses,
    ) -> None:
        self._contract = contract
        self._overlay = overlay
        self._schemas = schemas
        self._annotations = annotations
        self._arguments = arguments
        self._values = values
        self._spelling = spelling
        self._addresses = addresses
        for lifecycle in overlay.lifecycles:
            self._check(lifecycle)

    def constants(self, namespace: Namespace) -> Iterator[str]:
        """Return the lifecycles of a namespace, as statements."""
        for lifecycle in self._of(namespace):
            model = self._model(lifecycle)
            given = {
                "kind": repr(lifecycle.kind),
                "model": model,
                "item": repr(lifecycle.item),
                "identity": repr(self._field(lifecycle, lifecycle.identity)),
                "state": repr(self._field(lifecycle, _wire(lifecycle))),
                "get": self._operation(namespace, lifecycle.get) if lifecycle.get else "",
                "list": self._operation(namespace, lifecycle.list) if lifecycle.list else "",
                "within": repr((lifecycle.within,)) if lifecycle.within else "",
                "states": _set(self._states(lifecycle)),
                "state_names": repr(names) if (names := self._state_names(lifecycle)) else "",
                "transitional": _seconds(lifecycle.transitional),
                "terminal": _set(lifecycle.terminal),
                "gone": _set(lifecycle.gone),
                "up": _set(lifecycle.up),
                "dormant": _set(lifecycle.dormant),
                "deleted": _set(lifecycle.deleted),
                "deletable": _set(lifecycle.deletable),
                "leads_to": repr(lifecycle.leads_to) if lifecycle.leads_to else "",
                "appears_within": repr(lifecycle.appears_within)
                if lifecycle.appears_within
                else "",
                "advice": repr(lifecycle.advice) if lifecycle.advice else "",
            }
            written = ", ".join(f"{name}={value}" for name, value in given.items() if value)
            yield f"{_constant(lifecycle)}: Lifecycle[{model}] = Lifecycle({written})"

    def conflict(self, operation: str) -> str:
        """Return the temporary conflicts of an operation, as an expression; empty for none."""
        for lifecycle in self._overlay.lifecycles:
            if operation in lifecycle.conflicts:
                return _conflict(_constant(lifecycle), lifecycle.conflicts[operation])
        return ""

    def methods(self, namespace: Namespace) -> Iterator[str]:
        """Return the methods of a namespace that wait."""
        for lifecycle in self._of(namespace):
            yield self._until(lifecycle)
            if "follow" in lifecycle.methods:
                yield self._follow(lifecycle)
            if "gone" in lifecycle.methods:
                yield self._gone(lifecycle)

    def _of(self, namespace: Namespace) -> Iterator[Lifecycle]:
        return (each for each in self._overlay.lifecycles if each.namespace == namespace.name)

    # --- what the contract says ---

    def _check(self, lifecycle: Lifecycle) -> None:
        """Compare the overlay's states with the contract's."""
        where = f"lifecycles.toml: [{lifecycle.kind}]"
        for operation in (lifecycle.get, lifecycle.list):
            if operation is not None and operation not in self._contract.operations:
                raise OverlayError(f"{where} there is no operation {operation}")
        states = self._states(lifecycle)
        if not states and (_wire(lifecycle) or not self._has_schema(lifecycle)):
            raise OverlayError(f"{where} state: no states stand at {lifecycle.state}")
        keys = ("transitional", "at_rest", "terminal", "gone")
        for key in (*keys, "up", "dormant", "deleted", "deletable", "leads_to", "advice"):
            unknown = [state for state in getattr(lifecycle, key) if state not in states]
            if unknown:
                raise OverlayError(f"{where} {key}: {unknown} are no states of {lifecycle.state}")
        self._check_parent(lifecycle)
        self._check_conflicts(lifecycle)
        named = [state for key in keys for state in getattr(lifecycle, key)]
        missing = [state for state in states if state not in named]
        if missing:
            raise OverlayError(f"{where} say what {missing} mean: {', '.join(keys)}")

    def _check_parent(self, lifecycle: Lifecycle) -> None:
        """Compare the paths of both reads: a poll takes one or the other for the same parent."""
        if lifecycle.get is None or lifecycle.list is None:
            return
        one, every = (
            {parameter.name for parameter in operation.parameters_in("path")}
            for operation in self._polled_by(lifecycle)
        )
        differing = (one - {lifecycle.item}) ^ every
        if lifecycle.item in one and differing:
            raise OverlayError(
                f"lifecycles.toml: [{lifecycle.kind}] the paths of {lifecycle.get} and"
                f" {lifecycle.list} have to lead to the same parent: {sorted(differing)} stands in"
                " one of them only"
            )

    def _check_conflicts(self, lifecycle: Lifecycle) -> None:
        where = f"lifecycles.toml: [{lifecycle.kind}] conflicts:"
        own = {
            method.operation
            for namespace in self._overlay.namespaces
            if namespace.name == lifecycle.namespace
            for method in namespace.methods
        }
        for operation, rule in lifecycle.conflicts.items():
            if operation not in own:
                raise OverlayError(f"{where} {operation} is no method of {lifecycle.namespace}")
            if rule.keys() - {"states", "unless"}:
                raise OverlayError(f"{where} {operation} may say nothing but states and unless")
            if rule.get("states", "deletable") != "deletable":
                raise OverlayError(f"{where} {operation}: states can only be deletable")
        if lifecycle.conflicts and lifecycle.get is None:
            raise OverlayError(f"{where} get has to name the operation that shows the state")

    def _has_schema(self, lifecycle: Lifecycle) -> bool:
        return _schema(lifecycle) in self._schemas.schemas

    def _states(self, lifecycle: Lifecycle) -> tuple[str, ...]:
        return tuple(self._words(lifecycle).values())

    def _words(self, lifecycle: Lifecycle) -> Words:
        """The states by value; a number has a name."""
        properties = self._schemas.schemas.get(_schema(lifecycle), {}).get("properties", {})
        return words(self._schemas.resolve(properties.get(_wire(lifecycle), {})))

    def _state_names(self, lifecycle: Lifecycle) -> dict[int, str]:
        """Return the names of states that are numbers; empty if they are words."""
        found = self._words(lifecycle).items()
        return {value: name for value, name in found if isinstance(value, int)}

    def _field(self, lifecycle: Lifecycle, wire: str) -> str:
        return self._overlay.field_name(_schema(lifecycle), wire)

    def _model(self, lifecycle: Lifecycle) -> str:
        return self._schemas.python_name(_schema(lifecycle))

    def _state_type(self, lifecycle: Lifecycle) -> str:
        properties = self._schemas.schemas[_schema(lifecycle)]["properties"]
        return self._annotations.incoming(properties[_wire(lifecycle)])

    def _operation(self, namespace: Namespace, operation: str) -> str:
        """Return an operation's constant if it is in the namespace, and its value otherwise."""
        for each in self._overlay.namespaces:
            for method in each.methods:
                if method.operation == operation and not method.preset:
                    own = each.name == namespace.name
                    return self._values.name(method) if own else self._values.value(method)
        raise OverlayError(f"lifecycles.toml: {operation} is no method's operation")

    # --- methods ---

    def _until(self, lifecycle: Lifecycle) -> str:
        model = self._model(lifecycle)
        has_states = bool(_wire(lifecycle))
        what = "A state, several states, or a condition." if has_states else "A condition."
        target = Argument("target", self._target(lifecycle), "", what)
        goal = "is in a state, or meets a condition" if has_states else "meets a condition"
        shared = "All waits share one poller: one request per poll cycle serves all of them."
        doc = "\n\n".join(
            (f"Wait until {with_article(lifecycle.kind)} {goal}.", shared, lifecycle.doc),
        )
        return self._definition(
            lifecycle,
            "async def {until}",
            ([*self._ids(lifecycle), target], [_progress(model)], TIMEOUT),
            model,
            doc,
            (
                f"The {lifecycle.kind} as of the last poll.",
                self._raises(lifecycle),
            ),
            "return await wait_until({call}, target, timeout=timeout, on_progress=on_progress)",
        )

    def _follow(self, lifecycle: Lifecycle) -> str:
        thing = with_article(lifecycle.kind)
        until = Argument(
            "until",
            f"{self._target(lifecycle)} | None",
            "None",
            "A state, several, or a condition of it, after which to end; None goes on to its end.",
        )
        return self._definition(
            lifecycle,
            "def {follow}",
            (self._ids(lifecycle), [until], attrs.evolve(TIMEOUT, default="None")),
            f"AsyncIterator[Change[{self._model(lifecycle)}]]",
            f"Follow {thing}: its current state, then every change of it.",
            (
                "An iterator of changes, each with the values before and after it.",
                self._raises(lifecycle),
            ),
            "return follow({call}, until=until, timeout=timeout)",
        )

    def _gone(self, lifecycle: Lifecycle) -> str:
        invalid = ("InvalidArgumentError", "The timeout is not positive.")
        failed = ("UnreachableStateError", "It was being deleted, and the deletion has failed.")
        can_fail = set(lifecycle.gone) & lifecycle.transitional.keys()
        others = [entry for entry in self._raises(lifecycle) if entry[0] not in _NOT_WHEN_GONE]
        return self._definition(
            lifecycle,
            "async def {gone}",
            (self._ids(lifecycle), [_progress(self._model(lifecycle))], TIMEOUT),
            "None",
            f"Wait until {with_article(lifecycle.kind)} is gone.",
            ("", [invalid, *([failed] if can_fail else []), *others]),
            "await wait_until_gone({call}, timeout=timeout, on_progress=on_progress)",
        )

    def _definition(
        self,
        lifecycle: Lifecycle,
        head: str,
        arguments: tuple[list[Argument], list[Argument], Argument],
        returns: str,
        doc: str,
        outcome: tuple[str, list[tuple[str, str]]],
        statement: str,
    ) -> str:
        operation = self._polled_by(lifecycle)[0]
        positional, keywords, timeout = arguments
        keywords = [*keywords, *self._arguments.scopes(operation), timeout]
        if operation.beta:
            doc += "\n\nBeta: the API may still change these requests."
        result, raises = outcome
        sections = [
            ("Args", [(argument.name, argument.doc) for argument in (*positional, *keywords)]),
            ("Returns", [("", result)] if result else []),
            ("Raises", raises),
            ("", [("", self._source(lifecycle))]),
        ]
        names = {"until": "", "follow": "", "gone": ""} | lifecycle.methods
        function = re.split(r"[ (]", statement.removeprefix("return ").removeprefix("await "))[0]
        body = (
            f"from {MODULE}.wait import {function}",
            statement.format(call=self._call(lifecycle)),
        )
        return "\n".join(
            (
                f"    {head.format(**names)}({signature(positional, keywords)}) -> {returns}:",
                docstring(doc, sections, 8),
                *(textwrap.indent(line, " " * 8) for line in body),
            )
        )

    def _target(self, lifecycle: Lifecycle) -> str:
        condition = f"Callable[[{self._model(lifecycle)}], bool]"
        if not _wire(lifecycle):
            return condition
        states = self._spelling.written(self._state_type(lifecycle))
        if self._state_names(lifecycle):
            states = f"{states} | str"
        return f"{states} | Collection[{states}] | {condition}"

    def _polled_by(self, lifecycle: Lifecycle) -> list[ContractOperation]:
        names = [name for name in (lifecycle.get, lifecycle.list) if name]
        return [self._contract.operations[name] for name in names]

    def _ids(self, lifecycle: Lifecycle) -> list[Argument]:
        """Return the arguments that identify a resource, its own ID last."""
        own = next(ns for ns in self._overlay.namespaces if ns.name == lifecycle.namespace)
        operations = [self._contract.operations[method.operation] for method in own.methods]
        found = {
            parameter.name: self._arguments.parameter(operation, parameter)
            for operation in (*operations, *self._polled_by(lifecycle))
            for parameter in operation.parameters_in("path")
        }
        if lifecycle.item not in found and lifecycle.get is None:
            # It is in the list only, and not in a path.
            of_item = Parameter(lifecycle.item, "path", {"type": "string"}, required=True)
            found[lifecycle.item] = self._arguments.parameter(operations[0], of_item)
        if lifecycle.item not in found:
            raise OverlayError(f"lifecycles.toml: [{lifecycle.kind}] item: no {lifecycle.item}")
        scopes, address = self._scopes(lifecycle), self._address(lifecycle)
        inside = address.parameters if address else ()
        wires = [wire for wire in self._path(lifecycle) if wire not in {*scopes, *inside}]
        given = [found[wire] for wire in wires]
        return [self._addresses.argument(address), *given] if address else given

    def _address(self, lifecycle: Lifecycle) -> Address | None:
        """The address that is a part of the path of one of the operations that it is read with."""
        reads = map(self._overlay.own_path_parameters, self._polled_by(lifecycle))
        return next(filter(None, map(self._addresses.of, reads)), None)

    def _scopes(self, lifecycle: Lifecycle) -> dict[str, str]:
        """The arguments of the scopes that it is read under, by wire name."""
        operation = self._polled_by(lifecycle)[0]
        return {scope.parameter: scope.argument for scope in self._overlay.scopes_in(operation)}

    def _path(self, lifecycle: Lifecycle) -> list[str]:
        """The path parameters of all operations that it is read with, its own ID last."""
        reads = reversed(self._polled_by(lifecycle))
        parents = [p.name for operation in reads for p in operation.parameters_in("path")]
        return [*dict.fromkeys(p for p in parents if p != lifecycle.item), lifecycle.item]

    def _call(self, lifecycle: Lifecycle) -> str:
        scopes, reads = self._scopes(lifecycle), self._polled_by(lifecycle)
        values = {
            parameter.name: self._addresses.value(operation, parameter)
            for operation in reversed(reads)
            for parameter in operation.parameters_in("path")
        }
        values[lifecycle.item] = self._ids(lifecycle)[-1].name
        path = {wire: scopes.get(wire) or values[wire] for wire in self._path(lifecycle)}
        for operation in reads:
            path |= self._addresses.queries(operation)
        pairs = ", ".join(f"{wire!r}: {value}" for wire, value in path.items())
        return f"self._caller, {_constant(lifecycle)}, {{{pairs}}}"

    def _raises(self, lifecycle: Lifecycle) -> list[tuple[str, str]]:
        credential = self._overlay.credential
        ends = [f"`{state}`" for state in (*lifecycle.terminal, *lifecycle.gone)]
        states = " or ".join(filter(None, (", ".join(ends[:-1]), *ends[-1:])))
        unreachable = ("UnreachableStateError", f"It is {states}, and this is not the target.")
        invalid = "There is no such state, or the timeout is not positive."
        return [
            (
                "InvalidArgumentError",
                invalid if _wire(lifecycle) else "The timeout is not positive.",
            ),
            ("WaitTimeoutError", "The timeout has expired; the message gives the last state."),
            *([unreachable] if ends else []),
            ("NotFoundError", f"It does not exist, or the {credential} has no access to it."),
            *(refusals_of(credential)[status] for status in (401, 403)),
            ("CloudError", "Any other permanent failure; see the subclass."),
        ]

    def _source(self, lifecycle: Lifecycle) -> str:
        operations = self._polled_by(lifecycle)
        named = [f"``{each.method} {each.path}`` ({each.id})" for each in operations]
        if len(named) == 1:
            return f"Source: {named[0]}."
        return f"Source: {named[0]}; {named[1]} while several wait."


_NOT_WHEN_GONE = {"InvalidArgumentError", "UnreachableStateError", "NotFoundError"}


def _progress(model: str) -> Argument:
    annotation = f"Callable[[Progress[{model}]], object] | None"
    doc = "Called at every poll; an exception that it raises ends the wait."
    return Argument("on_progress", annotation, "None", doc)


def _constant(lifecycle: Lifecycle) -> str:
    suffix = lifecycle.methods["until"].removeprefix("wait_until").upper()
    return f"{suffix[1:]}_LIFECYCLE" if suffix else "LIFECYCLE"


def _schema(lifecycle: Lifecycle) -> str:
    return lifecycle.state.partition(".")[0]


def _wire(lifecycle: Lifecycle) -> str:
    """Return the property with the state; empty if there is none."""
    return lifecycle.state.partition(".")[2]


def _conflict(lifecycle: str, rule: dict[str, str]) -> str:
    states = f"states={lifecycle}.{rule.get('states', 'present')}"
    unless = f", unless={rule['unless']!r}" if "unless" in rule else ""
    return f"PassingConflict(lifecycle={lifecycle}, {states}{unless})"


def _seconds(states: dict[str, float]) -> str:
    return repr({name: float(seconds) for name, seconds in states.items()}) if states else ""


def _set(states: Collection[str]) -> str:
    return f"frozenset({tuple(states)!r})" if states else ""
