"""Collects the arguments of a method from options, files and prompts."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from types import GenericAlias
from typing import TYPE_CHECKING, Any

import typer

from .loading import load_model
from .option_groups import argument_name
from .values import item_of, nearest, pairs_of, read_content, value_of, yaml_value

if TYPE_CHECKING:
    from .option_groups import Body
    from .table import Command, Parameter, Tree


def read_arguments(tree: Tree, command: Command, given: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of a method, names in place of ids included.

    Args:
        tree: The commands of the API.
        command: The command.
        given: The values from typer.

    Raises:
        BadParameter: An option cannot be used, or a required one is missing.
    """
    arguments = _Arguments(tree, command)
    body: Body | None = given.pop("body", None)
    if body is not None:
        arguments.read_body(body)
    for parameter in command.parameters:
        arguments.read(parameter, given)
    return arguments.checked()


class _Arguments:
    """Collects the arguments of a method.

    Args:
        tree: The commands of the API.
        command: The command.
    """

    def __init__(self, tree: Tree, command: Command) -> None:
        self._tree = tree
        self._command = command
        self._parameters = {parameter.name: parameter for parameter in command.parameters}
        self._values: dict[str, Any] = {}
        self._reader_of_input = ""

    # --- files and fields ---

    def read_body(self, body: Body) -> None:
        """Read the fields of a file, and those that are set individually."""
        if body.file is not None:
            self._take_file(body.file)
        for text in body.set or ():
            path, equals, value = text.partition("=")
            if not equals:
                raise typer.BadParameter(f"expected FIELD=VALUE, got {text!r}", param_hint="--set")
            self._put(path, value, f"--set {path}")
        for text in body.set_file or ():
            path, equals, file = text.partition("=")
            if not equals:
                raise typer.BadParameter(
                    f"expected FIELD=FILE, got {text!r}", param_hint="--set-file"
                )
            content = self._content(file, "--set-file")
            self._put(path, partial(_of_content, content), f"--set-file {path}")

    def _take_file(self, file: str) -> None:
        content = yaml_value(self._content(file, "--file"), "--file", file)
        if self._command.body:
            self._values[self._command.body] = content
            return
        if not isinstance(content, dict):
            raise typer.BadParameter(
                f"{'standard input' if file == '-' else file} does not contain an object with the"
                " fields of the request",
                param_hint="--file",
            )
        for key, value in content.items():
            self._values[self._field(key, "--file").name] = value

    def _content(self, file: str, option: str) -> str:
        """Return the text of a file, or of standard input for ``-``.

        Raises:
            BadParameter: It cannot be read, is not text, or is standard input that was already
                read.
        """
        if file == "-":
            if self._reader_of_input:
                raise typer.BadParameter(
                    f"standard input is already read by {self._reader_of_input}", param_hint=option
                )
            self._reader_of_input = option
        return read_content(file, option)

    def _field(self, key: str, option: str) -> Parameter:
        """Return the parameter of a field of the body."""
        fields = [each for each in self._command.parameters if each.wire]
        for field in fields:
            if key in {field.name, field.wire, field.option}:
                return field
        names = sorted(field.name for field in fields)
        raise typer.BadParameter(
            f"there is no field {key!r}{nearest(key, names)} Known: {', '.join(names)}"
            + (" (--extra sends any other)" if "extra" in self._parameters else ""),
            param_hint=option,
        )

    def _put(self, path: str, value: Any, option: str) -> None:
        from .fields import put, steps_of

        steps = steps_of(path, option)
        body = self._command.body
        if body:
            document = self._values.setdefault(body, {})
            put(document, self._type(self._parameters[body]), steps, value, option)
            return
        field = self._field(str(steps[0]), option)
        kind, rest = self._type(field), steps[1:]
        if not rest:
            self._values[field.name] = self._whole(field, kind, value, option)
            return
        holder = self._values.setdefault(field.name, [] if isinstance(rest[0], int) else {})
        put(holder, kind, rest, value, option)

    def _whole(self, field: Parameter, kind: Any, value: Any, option: str) -> Any:
        """Return the value of an argument that is set by a single option."""
        from .fields import UNKNOWN, typed

        if callable(value):
            return value(kind)
        if field.is_secret:
            raise typer.BadParameter(
                f"other users can see secrets on the command line: use --{field.option}-file",
                param_hint=option,
            )
        if field.kind in {"text", "moment", "day"} and not field.many:
            return None if value == "null" and field.is_nullable else value
        return typed(kind if field.model else UNKNOWN, value, option)

    def _type(self, parameter: Parameter) -> Any:
        """Return the type of an argument's objects."""
        from .fields import UNKNOWN

        if not parameter.model:
            return UNKNOWN
        kind = load_model(self._tree, parameter.model)
        return GenericAlias(list, kind) if parameter.many else kind

    # --- options ---

    def read(self, parameter: Parameter, given: dict[str, Any]) -> None:
        """Read the value of a parameter."""
        if not parameter.option:
            self._read_positional(parameter, given[parameter.name])
        elif parameter.is_secret:
            self._read_secret(parameter, given)
        else:
            self._read_option(parameter, given[argument_name(parameter.option)])
        for shortcut in parameter.shortcuts:
            texts = given.get(argument_name(shortcut.option))
            if shortcut.option == parameter.option or not texts:
                continue
            option = f"--{shortcut.option}"
            holder = self._values.setdefault(parameter.name, {})
            items = [item_of(shortcut, text, option) for text in texts]
            holder[shortcut.path[-1]] = items

    def _read_positional(self, parameter: Parameter, text: Any) -> None:
        if text is None:
            return
        option = parameter.name.upper()
        if parameter.kind == "path":
            self._values[parameter.name] = text
        elif parameter.many:
            self._values[parameter.name] = [value_of(parameter, each, option) for each in text]
        else:
            self._values[parameter.name] = value_of(parameter, text, option)

    def _read_option(self, parameter: Parameter, text: Any) -> None:
        if text is None or text in ((), []):
            return
        name, option = parameter.name, f"--{parameter.option}"
        if isinstance(text, bool):
            self._values[name] = text
        elif parameter.kind == "extra":
            pairs = pairs_of(text, option)
            self._values[name] = {key: yaml_value(value, option) for key, value in pairs.items()}
        elif parameter.kind == "mapping":
            self._values[name] = pairs_of(text, option)
        elif parameter.kind == "upload":
            self._values[name] = _upload(text, option)
        elif parameter.model and not parameter.into:
            self._values[name] = self._objects(parameter, text, option)
        elif parameter.many:
            self._values[name] = [value_of(parameter, each, option) for each in text]
        else:
            self._values[name] = value_of(parameter, text, option)

    def _objects(self, parameter: Parameter, text: Any, option: str) -> Any:
        """Return the objects of an option, given as pairs, words or YAML."""
        from .fields import check_secrets, fields_of, item_type

        if parameter.many and parameter.words and [*text] == [parameter.words[0]]:
            return parameter.words[0]
        if parameter.many and parameter.shortcuts:
            return [item_of(parameter.shortcuts[0], each, option) for each in text]
        if not parameter.many:
            value = yaml_value(text, option)
        else:
            value = [item for each in text for item in _listed(yaml_value(each, option))]
        kind = self._type(parameter)
        for each in value if parameter.many else [value]:
            if isinstance(each, str | int | float):
                names = ", ".join(
                    field.name for field in fields_of(item_type(kind) if parameter.many else kind)
                )
                raise typer.BadParameter(
                    f"expected an object in YAML or JSON, got {each!r}; its fields: {names}",
                    param_hint=option,
                )
        check_secrets(kind, value, option)
        return value

    def _read_secret(self, parameter: Parameter, given: dict[str, Any]) -> None:
        file = given[argument_name(f"{parameter.option}-file")]
        is_asked = given.get(argument_name(parameter.option), False)
        if file is not None:
            option = f"--{parameter.option}-file"
            content = self._content(file, option)
            is_text = parameter.kind == "secret"
            self._values[parameter.name] = (
                content.partition("\n")[0].rstrip("\r") if is_text else yaml_value(content, option)
            )
        elif is_asked or (parameter.required and parameter.name not in self._values):
            self._values[parameter.name] = _ask_secret(parameter)

    # --- all of them ---

    def checked(self) -> dict[str, Any]:
        """Return the arguments, with addresses as their parts."""
        values: dict[str, Any] = {}
        parts: dict[str, dict[str, Any]] = {}
        for parameter in self._command.parameters:
            holder = parameter.into or parameter.finds
            if parameter.name in self._values:
                target = parts.setdefault(holder, {}) if holder else values
                target[parameter.name] = self._values[parameter.name]
            elif parameter.required and not holder:
                raise typer.BadParameter(_missing(parameter, self._command))
        return values | parts


def _missing(parameter: Parameter, command: Command) -> str:
    option = f"--{parameter.option}" if parameter.option else parameter.name.upper()
    if parameter.name == command.body:
        return f"no body given: pass --file, --set or {option}"
    more = ", or its field in --file" if command.takes_file and parameter.wire else ""
    return f"{option} is missing: pass it{more}"


def _of_content(content: str, kind: Any) -> Any:
    """Convert the content of a file to a value of a type."""
    from clickhouse_cloud_async.core.codec.types import members
    from clickhouse_cloud_async.core.values import Secret

    parts = members(kind)
    if Secret in parts.others:
        return content.rstrip("\r\n")
    return content if str in parts.others else yaml_value(content, "--set-file")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _upload(file: str, option: str) -> Any:
    from clickhouse_cloud_async.core.files import Upload

    if not Path(file).is_file():
        raise typer.BadParameter(f"{file} is not a file", param_hint=option)
    return Upload(Path(file))


def _ask_secret(parameter: Parameter) -> str:
    from clickhouse_cloud_async.cli.confirm import ask_secret, check_terminal

    check_terminal(f"--{parameter.option}-file")
    return ask_secret(parameter.help.partition(".")[0])
