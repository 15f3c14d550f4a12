"""Converts texts of options to values of arguments."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .table import Parameter, Shortcut

_FLAGS = {"true": True, "false": False, "yes": True, "no": False}


def value_of(parameter: Parameter, text: str, option: str) -> Any:
    """Convert a text to the value of a parameter.

    Args:
        parameter: What the text is for.
        text: The text.
        option: What the user typed in front of it, for errors.

    Raises:
        BadParameter: The text is not such a value.
    """
    if parameter.words and text not in parameter.words and not _is_number(parameter, text):
        raise typer.BadParameter(
            f"{text!r} is not one of {', '.join(sorted(parameter.words))}"
            f"{nearest(text, parameter.words)}"
            f"{f' (--set {parameter.name}={text} sends it)' if parameter.wire else ''}",
            param_hint=option,
        )
    if parameter.numbers:
        numbers = dict(zip(parameter.words, parameter.numbers, strict=True))
        return numbers[text] if text in numbers else int(text)
    return scalar(parameter.kind, text, option)


def _is_number(parameter: Parameter, text: str) -> bool:
    return bool(parameter.numbers) and text.lstrip("-").isdigit()


def scalar(kind: str, text: str, option: str) -> Any:
    """Convert a text to a value of a kind.

    Args:
        kind: The kind, as in `Parameter`.
        text: The text.
        option: What the user typed in front of it, for errors.

    Raises:
        BadParameter: The text is not such a value.
    """
    match kind:
        case "integer" | "number":
            try:
                return int(text) if kind == "integer" else float(text)
            except ValueError:
                what = "a whole number" if kind == "integer" else "a number"
                raise typer.BadParameter(
                    f"expected {what}, got {text!r}", param_hint=option
                ) from None
        case "flag":
            if text.lower() not in _FLAGS:
                raise typer.BadParameter(f"expected true or false, got {text!r}", param_hint=option)
            return _FLAGS[text.lower()]
        case "value" | "object":
            return yaml_value(text, option)
        case _:
            return text


def read_content(file: str, option: str) -> str:
    """Return the text of a file, or of standard input for ``-``.

    Args:
        file: The file.
        option: The option that names it, for errors.

    Raises:
        BadParameter: It cannot be read, or is not text.
    """
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    except OSError as error:
        raise typer.BadParameter(f"{file}: {error.strerror or error}", param_hint=option) from None
    except UnicodeDecodeError:
        raise typer.BadParameter(f"{file} is not UTF-8 text", param_hint=option) from None


def yaml_value(text: str, option: str, file: str = "") -> Any:
    """Parse a text of YAML or JSON.

    Args:
        text: The text.
        option: The option that it was given with, for errors.
        file: The file that it is from, for errors; empty for the option itself.

    Raises:
        BadParameter: It is neither.
    """
    from clickhouse_cloud_async.desired.reading import read_text
    from clickhouse_cloud_async.desired.validation import DescriptionError

    try:
        read = read_text(text, file or option)
        read.errors.check()
    except DescriptionError as error:
        raise typer.BadParameter(str(error), param_hint=option) from None
    return read.value


def pairs_of(texts: Iterable[str], option: str) -> dict[str, str]:
    """Return the values of texts of the form ``KEY=VALUE`` by key.

    Args:
        texts: The texts.
        option: The option that they were given with, for errors.

    Raises:
        BadParameter: A text has no equals sign, or a key comes twice.
    """
    pairs: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not (key and equals):
            raise typer.BadParameter(f"expected KEY=VALUE, got {text!r}", param_hint=option)
        if key in pairs:
            raise typer.BadParameter(f"{key} is given twice", param_hint=option)
        pairs[key] = value
    return pairs


def item_of(shortcut: Shortcut, text: str, option: str) -> Any:
    """Return the item of a list that a text of the form ``KEY[=VALUE]`` stands for.

    Args:
        shortcut: The list.
        text: The text; one in YAML's or JSON's braces is taken as it is.
        option: The option that it was given with, for errors.

    Raises:
        BadParameter: It stands for no such item.
    """
    if not shortcut.key:
        return scalar(shortcut.kind, text, option)
    if text.lstrip().startswith("{"):
        return yaml_value(text, option)
    key, equals, value = text.partition("=")
    if not key:
        raise typer.BadParameter(f"nothing is before the = in {text!r}", param_hint=option)
    if not equals:
        return {shortcut.key: key}
    if not shortcut.value:
        return {shortcut.key: text}
    return {shortcut.key: key, shortcut.value: scalar(shortcut.kind, value, option)}


def nearest(text: str, known: Sequence[str]) -> str:
    """Return a suggestion of the closest known word; empty if none is close.

    Args:
        text: The text.
        known: The words.
    """
    close = get_close_matches(text, known, 1)
    return f"; did you mean {close[0]}?" if close else ""
