"""Fields of requests on a command line, and which of them are secrets."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SECRET_NAME = re.compile(
    r"password|passphrase|secret|token|private_?key|access_?key|credential|connection_?(string|uri)"
    r"|api_?key",
    re.IGNORECASE,
)
"""Keys whose values are masked if no contract describes them."""


def text_fields(given: Iterable[str]) -> dict[str, list[str]]:
    """Return the values of each key of some ``KEY=VALUE``.

    Args:
        given: The values on the command line.

    Raises:
        BadParameter: One of them is not of that form.
    """
    fields: dict[str, list[str]] = {}
    for number, text in enumerate(given, 1):
        key, separator, value = text.partition("=")
        if not (key and separator):
            # The text may be a secret in the wrong place, so that it is not shown.
            raise typer.BadParameter(f"value {number} is not KEY=VALUE", param_hint="-f")
        fields.setdefault(key, []).append(value)
    return fields


def json_fields(given: Iterable[str]) -> dict[str, Any]:
    """Return the value of each ``KEY:=JSON`` by its key.

    Args:
        given: The values on the command line.

    Raises:
        BadParameter: One of them is not of that form.
    """
    fields: dict[str, Any] = {}
    for number, text in enumerate(given, 1):
        key, separator, value = text.partition(":=")
        if not (key and separator):
            raise typer.BadParameter(f"value {number} is not KEY:=JSON", param_hint="-F")
        try:
            fields[key] = json.loads(value)
        except ValueError:
            raise typer.BadParameter(f"the value of {key} is not JSON", param_hint="-F") from None
    return fields


def check_no_secret(fields: Mapping[str, Any]) -> None:
    """Refuse fields of a body on the command line that hold a secret.

    Args:
        fields: Value of each field.

    Raises:
        BadParameter: The name of a field, at any depth, says that it is a secret.
    """
    for key, value in fields.items():
        if isinstance(value, str) and _SECRET_NAME.search(key):
            raise typer.BadParameter(
                f"{key} is a secret, which others could see on the command line: give it in --input"
            )
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, dict):
                check_no_secret(part)


def with_secrets(document: Any) -> Any:
    """Return a document with the values of keys that name secrets wrapped in `Secret`.

    Args:
        document: JSON values.
    """
    from clickhouse_cloud_async.core.values import Secret

    match document:
        case dict():
            return {
                key: Secret(value)
                if isinstance(value, str) and _SECRET_NAME.search(str(key))
                else with_secrets(value)
                for key, value in document.items()
            }
        case list():
            return [with_secrets(item) for item in document]
        case _:
            return document
