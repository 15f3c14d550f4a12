"""Every command of an API with a call of its method that has to send the same."""

from __future__ import annotations

import json
import re
from functools import reduce
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.cli.commands.loading import load_table, load_waits
from clickhouse_cloud_async.core.files import Upload
from tests.samples import SAMPLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clickhouse_cloud_async.cli.commands.table import Command, Parameter, Tree
    from clickhouse_cloud_async.core.contract import ContractOperation, Schema

_BY_HAND: dict[str, Any] = {"filter": ["tag:a=b"], "ttl": 3600, "member_id": "17"}
"""Values of arguments about which the client knows more than the contract."""

_AS_FILE = {"object", "value"}


@attrs.frozen
class Row:
    """A command with the method and the operation behind it.

    Attributes:
        place: The method, such as ``services.get``.
        words: The words of the command line that name the command.
        command: Its row of the table.
        operation: The operation; None for a method of several.
    """

    place: str
    words: tuple[str, ...]
    command: Command
    operation: ContractOperation | None


class Walk:
    """The commands of an API.

    Args:
        api: Name of the API's folder.
    """

    def __init__(self, api: str) -> None:
        self.samples = SAMPLES[api]
        self.overlay = self.samples.schemas.overlay
        package = f"clickhouse_cloud_async.apis.{api}.cli.commands"
        self.tree: Tree = import_module(package).TREE

    @property
    def rows(self) -> Iterator[Row]:
        """Every command that stands for a method."""
        operations = {
            f"{namespace.name}.{method.name}": method.operation
            for namespace in self.overlay.namespaces
            for method in namespace.methods
        }
        for namespace in self.tree.groups:
            words = namespace.replace("_", "-").split(".")
            for verb, command in load_table(self.tree, namespace).items():
                place = f"{namespace}.{command.method}"
                found = operations.get(place)
                operation = None if found is None else self.samples.contract.operations[found]
                yield Row(place, (*self.tree.prefix, *words, verb), command, operation)

    @property
    def methods(self) -> set[str]:
        """Every method that a command stands for."""
        reached = {row.place for row in self.rows}
        reached |= {
            f"{row.place.rpartition('.')[0]}.{row.command.iterator}"
            for row in self.rows
            if row.command.iterator
        }
        waits = {(wait.namespace, wait.until) for wait in load_waits(self.tree).values()}
        for lifecycle in self.overlay.lifecycles:
            if (lifecycle.namespace, lifecycle.methods["until"]) in waits:
                named = lifecycle.methods.values()
                reached |= {f"{lifecycle.namespace}.{name}" for name in named}
        return reached

    # --- one call ---

    def values(self, row: Row, seed: int) -> dict[str, Any]:
        """Return a value for each parameter of a command that its contract knows.

        Args:
            row: The command.
            seed: Seed of the generated values.
        """
        if row.operation is None:
            return {}
        body = self._body(row.operation, seed)
        found: dict[str, Any] = {}
        for parameter in row.command.parameters:
            if parameter.name in _BY_HAND:
                found[parameter.name] = _BY_HAND[parameter.name]
            elif parameter.kind == "upload":
                found[parameter.name] = Path(__file__)
            elif parameter.into:
                found[parameter.name] = f"{parameter.name}-1"
            elif parameter.name == row.command.body:
                found[parameter.name] = body
            elif parameter.wire:
                if parameter.wire in (body or {}):
                    found[parameter.name] = _with_ids(parameter, body[parameter.wire])
            elif schema := self._schema(row.operation, parameter):
                found[parameter.name] = self._parameter(schema, parameter, seed)
        return found

    def _body(self, operation: ContractOperation, seed: int) -> Any:
        return None if operation.body is None else self.samples.sample(operation.body, seed)

    def _schema(self, operation: ContractOperation, parameter: Parameter) -> Schema | None:
        for each in operation.parameters:
            if self.overlay.parameter_name(operation, each) == parameter.name:
                return each.schema | ({"type": "string"} if not each.schema else {})
        return None

    def _parameter(self, schema: Schema, parameter: Parameter, seed: int) -> Any:
        pattern = parameter.find.pattern if parameter.find else schema.get("pattern")
        if pattern and schema.get("format") != "uuid":
            return _matching(pattern)
        if parameter.words and not parameter.many:
            return (parameter.numbers or parameter.words)[0]
        value = self.samples.sample(schema, seed)
        if schema.get("format") == "boolean":
            return value == "true"
        if isinstance(value, list):
            return [item for item in value if item != ""]
        return value if value != "" or parameter.option else f"{parameter.name}-1"


def _with_ids(parameter: Parameter, value: Any) -> Any:
    """Return the value of a field, ids if it takes names too: names would be looked up."""
    if parameter.find is None or not parameter.find.pattern or value is None:
        return value
    key = _matching(parameter.find.pattern)
    return [key] if parameter.many else key


def _matching(pattern: str) -> str:
    """Return a text that a regular expression of ids matches."""
    for text in ("3d1f7a52-7a6c-4d3e-9a53-0e8c1b2f4a60", "17", "65f1a2b3c4d5e6f7a8b9c0d1"):
        if re.fullmatch(pattern, text):
            return text
    return pattern.replace(".+", "abc")


def call(client: Any, row: Row, values: dict[str, Any], tree: Tree) -> Any:
    """Call the method of a command, and return the coroutine or iterator.

    Args:
        client: The async client.
        row: The command.
        values: The arguments.
        tree: The commands of the API.
    """
    namespace = reduce(getattr, row.place.split(".")[:-1], client)
    method = getattr(namespace, row.command.iterator or row.command.method)
    return method(**_with_addresses(row.command, values, tree))


def _with_addresses(command: Command, values: dict[str, Any], tree: Tree) -> dict[str, Any]:
    """Return the arguments, with addresses made of their parts."""
    whole = {p.name: values[p.name] for p in command.parameters if p.name in values and not p.into}
    for name, value in whole.items():
        if isinstance(value, Path):
            whole[name] = Upload(value)
    for name in {parameter.into for parameter in command.parameters if parameter.into}:
        parts = [parameter for parameter in command.parameters if parameter.into == name]
        kind = getattr(import_module(f"{tree.package}.models.addresses"), parts[0].model)
        whole[name] = kind(**{p.name: values[p.name] for p in parts if p.name in values})
    return whole


def command_line(row: Row, values: dict[str, Any], folder: Path) -> list[str]:
    """Return the arguments of a command that say what the arguments of its method say.

    Args:
        row: The command.
        values: The arguments.
        folder: Where bodies and secrets are written to.
    """
    arguments = list(row.words)
    in_file: dict[str, Any] | None = None
    for parameter in row.command.parameters:
        if parameter.name not in values:
            continue
        value = values[parameter.name]
        if parameter.name == row.command.body:
            in_file = value
        elif parameter.wire and _needs_file(parameter, value):
            in_file = {**(in_file or {}), parameter.wire: value}
        else:
            arguments += _given(parameter, value, folder)
    if in_file is not None:
        (folder / "body.json").write_text(json.dumps(in_file), "utf-8")
        arguments += ["--file", str(folder / "body.json")]
    return arguments + (["--yes"] if row.command.changes else [])


def _needs_file(parameter: Parameter, value: Any) -> bool:
    return (
        value is None
        or value in ([], {})
        or (parameter.kind in _AS_FILE and not parameter.is_secret)
        or (bool(parameter.words) and not parameter.numbers and _is_unknown(parameter, value))
        or (parameter.kind == "mapping" and not all(isinstance(v, str) for v in value.values()))
        or (parameter.kind == "secret" and ("\n" in value or parameter.many))
    )


def _is_unknown(parameter: Parameter, value: Any) -> bool:
    return any(each not in parameter.words for each in (value if parameter.many else [value]))


def _given(parameter: Parameter, value: Any, folder: Path) -> list[str]:
    """Return the arguments of the command line for one parameter."""
    if not parameter.option:
        return [_text(parameter, each) for each in (value if parameter.many else [value])]
    option = f"--{parameter.option}"
    if parameter.is_secret:
        file = folder / parameter.option
        file.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")
        return [f"{option}-file={file}"]
    if parameter.kind == "flag" and not parameter.many:
        return [option if value else f"--no-{parameter.option}"]
    if parameter.kind == "mapping":
        return [f"{option}={key}={item}" for key, item in value.items()]
    if parameter.kind in _AS_FILE and not parameter.words:
        return [f"{option}={json.dumps(value)}"]
    return [f"{option}={_text(parameter, each)}" for each in (value if parameter.many else [value])]


def _text(parameter: Parameter, value: Any) -> str:
    if parameter.numbers and value in parameter.numbers:
        return parameter.words[parameter.numbers.index(value)]
    return str(value)
