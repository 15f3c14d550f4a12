"""Common checks of ClickPipes for JSON objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.emulation.json_values import is_array, is_object
from clickhouse_cloud_async.emulation.problems import bad_request

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.json_values import JsonObject


def given(value: object) -> bool:
    """Return whether a value is not empty: clients send empty text, lists and objects."""
    return value is not None and value is not False and value not in ("", [], {})


_NEVER_EMPTY: Final = frozenset(
    {
        *("columnIds", "iamRole", "partitionBy", "primaryKey", "scaling", "settings"),
        *("sortingKey", "tlsHost"),
    }
)
"""Properties that must be omitted if they are empty, as seen live."""


def refuse_empty(value: object, place: str = "") -> None:
    """Check that a request omits empty properties.

    Args:
        value: A value of the request.
        place: Its path.

    Raises:
        Problem: 400 if one of some properties is empty.
    """
    if is_array(value):
        for index, item in enumerate(value):
            refuse_empty(item, f"{place}[{index}]")
    elif is_object(value):
        for name, item in value.items():
            where = f"{place}.{name}" if place else name
            if name in _NEVER_EMPTY and item in ("", [], {}):
                raise bad_request(f"{where}: must not be empty, leave it out")
            refuse_empty(item, where)


def need(item: JsonObject, place: str, *names: str, why: str = "") -> None:
    """Check that an object has some properties.

    Args:
        item: The object.
        place: Its path in the request.
        *names: The properties.
        why: Why they are required, such as ``for Kafka``.

    Raises:
        Problem: 400 if one is missing or empty.
    """
    for name in names:
        if not given(item.get(name)):
            raise bad_request(f"{place}.{name}: is required {why}".rstrip())


def refuse(item: JsonObject, place: str, name: str, why: str) -> None:
    """Check that an object lacks a property.

    Args:
        item: The object.
        place: Its path in the request.
        name: The property.
        why: Why it is refused, such as ``is only for Kafka``.

    Raises:
        Problem: 400 if it has a value.
    """
    if given(item.get(name)):
        raise bad_request(f"{place}.{name}: {why}")
