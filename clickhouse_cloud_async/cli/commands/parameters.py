"""Creates a typer command from a row of a table: its arguments, options and help."""

from __future__ import annotations

from inspect import Parameter as Argument
from inspect import Signature
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.main import get_command

from clickhouse_cloud_async.cli.completion import complete_names, complete_words
from clickhouse_cloud_async.cli.options import Changing, Options, with_options

from .option_groups import Body, Goal, Waiting, argument_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from clickhouse_cloud_async.cli.completion import Complete

    from .table import Command, Parameter, Tree, Wait

_annotated_alias: Any = Annotated
"""`Annotated` for annotations that type checkers do not read."""

_METAVARS = {
    "text": "TEXT",
    "integer": "N",
    "number": "NUMBER",
    "moment": "TIME",
    "day": "DATE",
    "mapping": "KEY=VALUE",
    "object": "YAML",
    "value": "YAML",
    "path": "FILE",
    "upload": "FILE",
    "extra": "FIELD=YAML",
}
_SHOWN_WORDS = 6
_BOUNDS = "Limits and listed values are those of the API's specification."


def make_command(tree: Tree, namespace: str, verb: str, command: Command) -> Any:
    """Create the command of a method.

    Args:
        tree: The commands of the API.
        namespace: The namespace of the method.
        verb: Name of the command.
        command: Its row of the table.
    """

    def call(options: Options, **given: Any) -> None:
        from .run import run_command

        run_command(tree, namespace, command, options, given)

    groups: dict[str, type[Any]] = {}
    if command.takes_file:
        groups["body"] = Body
    if command.wait:
        groups["waiting"] = Waiting
    if command.changes:
        groups["changing"] = Changing
    texts = {"help": command.help, "epilog": _epilog(command)}

    def complete(parameter: Parameter) -> Complete | None:
        return _completion(tree, namespace, verb, parameter)

    return _typer_command(call, verb, texts, command.parameters, groups, complete)


def make_wait(tree: Tree, name: str, wait: Wait) -> Any:
    """Create the command that waits for a kind of resource.

    Args:
        tree: The commands of the API.
        name: Its name.
        wait: Its row of the table.
    """

    def call(options: Options, **given: Any) -> None:
        from .waits import run_wait

        run_wait(tree, wait, options, given)

    article = "an" if wait.kind[:1].lower() in "aeiou" else "a"
    summary = f"Wait until {article} {wait.kind} is in a state, or meets a condition."
    states = f"States: {', '.join(sorted(wait.states))}." if wait.states else ""
    example = " ".join(("chcloud", *tree.prefix, "wait", name, *_metavars(wait.parameters)))
    texts = {
        "help": "\n\n".join(filter(None, (summary, wait.help, states))),
        "epilog": f"Example:\n$ {example} --until {quote(wait.example)}",
    }

    def complete(parameter: Parameter) -> Complete | None:
        return _completion(tree, "", name, parameter)

    return _typer_command(call, name, texts, wait.parameters, {"goal": Goal}, complete)


def _completion(tree: Tree, namespace: str, command: str, parameter: Parameter) -> Complete | None:
    """Return the completion function of a parameter; None if it has none."""
    if parameter.words:
        return complete_words(parameter.words)
    if parameter.find is None:
        return None
    return complete_names(
        tree.package, namespace, command, parameter.name, parameter.find.arguments
    )


def _metavars(parameters: tuple[Parameter, ...]) -> Iterator[str]:
    return (metavar(parameter) for parameter in parameters if not parameter.option)


def _typer_command(  # noqa: PLR0913, PLR0917 - the parts of a command
    call: Callable[..., None],
    name: str,
    texts: dict[str, str],
    parameters: tuple[Parameter, ...],
    groups: dict[str, type[Any]],
    complete: Callable[[Parameter], Complete | None],
) -> Any:
    arguments = [Argument("options", Argument.POSITIONAL_OR_KEYWORD, annotation=Options)]
    ordered = sorted(parameters, key=lambda each: (bool(each.option), not each.required))
    arguments += [
        argument for parameter in ordered for argument in _arguments(parameter, complete(parameter))
    ]
    arguments += [
        Argument(group, Argument.KEYWORD_ONLY, annotation=kind) for group, kind in groups.items()
    ]
    call.__signature__ = Signature(arguments)  # type: ignore[attr-defined]  # where inspect looks
    app = typer.Typer(add_completion=False, rich_markup_mode="rich")
    shown = {part: escape(text) for part, text in texts.items()}
    app.command(name, help=shown["help"], epilog=shown["epilog"])(with_options(call))
    return get_command(app)


def escape(text: str) -> str:
    """Return a text that rich does not interpret."""
    return text.replace("[", r"\[")


def _epilog(command: Command) -> str:
    words = [
        f"{parameter.option or metavar(parameter)}: {', '.join(sorted(parameter.words))}."
        for parameter in command.parameters
        if len(parameter.words) > _SHOWN_WORDS
    ]
    source = f"Source: {command.source}. {_BOUNDS}" if command.source else _BOUNDS
    examples = "\n".join(f"$ chcloud {example}" for example in command.examples)
    return "\n\n".join((f"Examples:\n{examples}", *words, source))


def metavar(parameter: Parameter) -> str:
    """Return the placeholder for a value in the help of a command."""
    if not parameter.option:
        name = parameter.name.removesuffix("_id") if parameter.find else parameter.name
        return name.upper()
    if parameter.shortcuts and parameter.many:
        (shortcut,) = parameter.shortcuts
        key, value = shortcut.key.upper(), shortcut.value.upper()
        return f"{key}[={value}]" if value else key
    if 0 < len(parameter.words) <= _SHOWN_WORDS:
        return "|".join(parameter.words)
    return "WORD" if parameter.words else _METAVARS[parameter.kind]


def _arguments(parameter: Parameter, complete: Complete | None) -> Iterator[Argument]:
    """Yield the arguments of typer for a parameter of a table."""
    if parameter.is_secret:
        yield from _secret_arguments(parameter)
        return
    if not parameter.option:
        annotation = _annotated(
            _type(parameter),
            typer.Argument(
                metavar=metavar(parameter), help=escape(_help(parameter)), autocompletion=complete
            ),
        )
        default = Argument.empty if parameter.required else None
        yield Argument(
            parameter.name, Argument.KEYWORD_ONLY, annotation=annotation, default=default
        )
        return
    for option, many, shown, text in _options(parameter):
        name = f"--{option}/--no-{option}" if shown is None else f"--{option}"
        yield Argument(
            argument_name(option),
            Argument.KEYWORD_ONLY,
            annotation=_annotated(
                bool | None if shown is None else list[str] | None if many else str | None,
                typer.Option(
                    name,
                    metavar=shown,
                    help=escape(text),
                    show_default=False,
                    autocompletion=complete if option == parameter.option else None,
                ),
            ),
            default=None,
        )


def _options(parameter: Parameter) -> Iterator[tuple[str, bool, str | None, str]]:
    """Yield name, whether it is repeatable, metavar and help of each option of a parameter.

    One without a metavar is a switch.
    """
    text = _help(parameter)
    if parameter.kind == "flag" and not parameter.many:
        yield parameter.option, False, None, text
    else:
        many = parameter.many or parameter.kind in {"mapping", "extra"}
        yield parameter.option, many, metavar(parameter), text
    for shortcut in parameter.shortcuts:
        if shortcut.option != parameter.option:
            key, value = (shortcut.key or "value").upper(), shortcut.value.upper()
            yield shortcut.option, True, f"{key}[={value}]" if value else key, shortcut.help


def _secret_arguments(parameter: Parameter) -> Iterator[Argument]:
    """Yield the options for a secret, none of which has it as its value."""
    option = parameter.option
    is_text = parameter.kind == "secret"
    if is_text:
        yield Argument(
            argument_name(option),
            Argument.KEYWORD_ONLY,
            annotation=_annotated(
                bool,
                typer.Option(
                    f"--{option}", help=escape(_help(parameter, "Prompts for the value."))
                ),
            ),
            default=False,
        )
    source = "from the first line of a file" if is_text else "from a YAML file"
    text = _help(parameter, f"Read {source}, - for standard input.")
    yield Argument(
        argument_name(f"{option}-file"),
        Argument.KEYWORD_ONLY,
        annotation=_annotated(
            str | None,
            typer.Option(
                f"--{option}-file",
                metavar="FILE",
                help=escape(text),
            ),
        ),
        default=None,
    )


def _annotated(kind: Any, information: object) -> Any:
    """Return an annotation that is created at run time."""
    return _annotated_alias[kind, information]


def _type(parameter: Parameter) -> Any:
    kind: Any = Path if parameter.kind == "path" else str
    kind = list[kind] if parameter.many else kind
    return kind if parameter.required else kind | None


def _help(parameter: Parameter, how: str = "") -> str:
    """Return the help of a parameter, with how its value is given."""
    parts = [parameter.help]
    if parameter.find and not parameter.option:
        parts = [parameter.help.replace("ID of", "ID or exact name of", 1)]
    elif parameter.find:
        parts.append("The exact name is accepted, too.")
    if len(parameter.words) > _SHOWN_WORDS:
        parts.append("The values are listed below.")
    parts.append(how)
    if parameter.option and parameter.required:
        parts.append("(required)")
    return " ".join(filter(None, parts))
