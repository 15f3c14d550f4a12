"""What several rules of ClickPipes ask of a JSON object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulation.problems import bad_request

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.json_values import JsonObject


def given(value: object) -> bool:
    """Whether a value says something: clients send empty texts, lists and objects for nothing."""
    return value is not None and value is not False and value not in ("", [], {})


def need(item: JsonObject, place: str, *names: str, why: str = "") -> None:
    """Insist on properties of an object.

    Args:
        item: The object.
        place: Where it stands in the request.
        *names: The properties.
        why: What makes them necessary, such as ``for Kafka``.

    Raises:
        Problem: 400 where one is missing or says nothing.
    """
    for name in names:
        if not given(item.get(name)):
            raise bad_request(f"{place}.{name}: is required {why}".rstrip())


def refuse(item: JsonObject, place: str, name: str, why: str) -> None:
    """Insist on the absence of a property.

    Args:
        item: The object.
        place: Where it stands in the request.
        name: The property.
        why: What speaks against it, such as ``is only for Kafka``.

    Raises:
        Problem: 400 where it says something.
    """
    if given(item.get(name)):
        raise bad_request(f"{place}.{name}: {why}")
