"""Answers the operations that have no rules beyond the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulator.contract.layout import result_schema
from clickhouse_cloud_async.emulator.paging import paged
from clickhouse_cloud_async.emulator.router import is_parameter, segments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from clickhouse_cloud_async.core.contract import Schema
    from clickhouse_cloud_async.emulator.json_values import JsonObject
    from clickhouse_cloud_async.emulator.messages import Call


def answer(call: Call) -> object:
    """Do with stored objects what method and path say.

    Args:
        call: Any call.

    Returns:
        The result, or None for a deletion.

    Raises:
        Problem: 404 where an object is not there.
    """
    template, layout = segments(call.operation.path), call.organization.cloud.layout
    method = call.operation.method
    if is_parameter(template[-1]):
        return _ON_ITEMS[method](call)
    if template in layout.collections:
        return list_items(call) if method == "GET" else create_item(call)
    if layout.operation("GET", template):
        return _ON_SINGLES[method](call)
    raise AssertionError(f"{call.operation.id} needs a handler")


def list_items(call: Call, items: Iterable[JsonObject] | None = None) -> object:
    """List a collection, oldest entry first where nothing else is said.

    Args:
        call: The call.
        items: What to list of it; everything if None.
    """
    template, organization = segments(call.operation.path), call.organization
    schema = organization.cloud.layout.list_schema(template) or {}
    if items is None:
        items = organization.store.collection(call.path).values()
    view = organization.resources.shaper.view
    return paged(call, [view(schema, item) for item in items])


def create_item(call: Call, **given: object) -> JsonObject:
    """Add an item to a collection.

    Args:
        call: The call.
        **given: Properties that are known in another way than from the body.
    """
    template = segments(call.operation.path)
    item = call.organization.resources.add(template, call.path, call.body, _body(call), **given)
    return _shown(call, item)


def get_item(call: Call) -> JsonObject:
    """Show an item."""
    return _shown(call, _item(call))


def patch_item(call: Call) -> JsonObject:
    """Change an item."""
    item = _item(call)
    call.organization.resources.change(_item_schema(call), item, call.body)
    return _shown(call, item)


def put_item(call: Call) -> JsonObject:
    """Replace an item."""
    item = _item(call)
    call.organization.resources.replace(_item_schema(call), item, call.body, _body(call))
    return _shown(call, item)


def delete_item(call: Call) -> None:
    """Remove an item and everything below it."""
    call.organization.store.remove(call.path)


def get_single(call: Call) -> object:
    """Show what stands at a path."""
    return _shown(call, _item(call))


def patch_single(call: Call) -> JsonObject:
    """Change what stands at a path."""
    value = _item(call)
    call.organization.resources.change(_single_schema(call), value, call.body)
    return _shown(call, value)


def put_single(call: Call) -> JsonObject:
    """Put something at a path, in the place of what may be there."""
    resources, schema = call.organization.resources, _single_schema(call)
    value = call.organization.store.find(call.path)
    if value is None:
        value = resources.create(schema, call.body, _body(call))
        call.organization.store.put(call.path, value)
    else:
        resources.replace(schema, value, call.body, _body(call))
    return _shown(call, value)


_ON_ITEMS: dict[str, Callable[[Call], object]] = {
    "GET": get_item,
    "PATCH": patch_item,
    "PUT": put_item,
    "DELETE": delete_item,
}
_ON_SINGLES: dict[str, Callable[[Call], object]] = {
    "GET": get_single,
    "PATCH": patch_single,
    "PUT": put_single,
    "POST": put_single,
    "DELETE": delete_item,
}


def _item(call: Call) -> JsonObject:
    return call.organization.store.document(call.path)


def _item_schema(call: Call) -> Schema:
    template = segments(call.operation.path)
    return call.organization.cloud.layout.collections[template[:-1]].schema


def _single_schema(call: Call) -> Schema:
    layout = call.organization.cloud.layout
    return layout.result_at(segments(call.operation.path), "GET") or {}


def _body(call: Call) -> Schema:
    return call.operation.body or {}


def _shown(call: Call, value: JsonObject) -> JsonObject:
    shown: JsonObject = call.organization.resources.shaper.view(
        result_schema(call.operation) or {}, value
    )
    return shown
