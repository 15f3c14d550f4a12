"""Answers the operations that have no rules beyond the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulator.json_values import is_array, is_object
from clickhouse_cloud_async.emulator.layout import result_schema
from clickhouse_cloud_async.emulator.paging import paged
from clickhouse_cloud_async.emulator.router import is_parameter, segments

if TYPE_CHECKING:
    from collections.abc import Callable

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
    template, layout = segments(call.operation.path), call.organization.resources.layout
    method = call.operation.method
    if is_parameter(template[-1]):
        return _ON_ITEMS[method](call)
    if template in layout.collections:
        return list_items(call) if method == "GET" else create_item(call)
    if layout.operation("GET", template):
        return _ON_SINGLES[method](call)
    return act(call)


def list_items(call: Call) -> object:
    """List a collection, oldest entry first where nothing else is said."""
    template, resources = segments(call.operation.path), call.organization.resources
    schema = resources.layout.list_schema(template) or {}
    items = resources.collection(template, call.path).values()
    return paged(call, [resources.shaper.view(schema, item) for item in items])


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
    template, resources = segments(call.operation.path), call.organization.resources
    _item(call)
    del resources.collection(template[:-1], call.path[:-1])[call.path[-1]]
    resources.drop(call.path)


def get_single(call: Call) -> object:
    """Show what stands at a path."""
    template, resources = segments(call.operation.path), call.organization.resources
    value = resources.single(template, call.path)
    return paged(call, value) if is_array(value) else value


def patch_single(call: Call) -> JsonObject:
    """Change what stands at a path; null puts a property back to what it was at first."""
    template, resources = segments(call.operation.path), call.organization.resources
    value = resources.single(template, call.path)
    changes = call.body
    if None in changes.values():
        initial = resources.initial(template, call.path)
        changes = {k: initial.get(k) if v is None else v for k, v in changes.items()}
    resources.change(_single_schema(call), value, changes)
    return _shown(call, value)


def put_single(call: Call) -> JsonObject:
    """Put something at a path, in the place of what may be there."""
    template, resources = segments(call.operation.path), call.organization.resources
    schema = _single_schema(call)
    if call.path in resources.singles or not resources.layout.operation("DELETE", template):
        value = resources.single(template, call.path)
        resources.replace(schema, value, call.body, _body(call))
    else:
        value = resources.singles[call.path] = resources.create(schema, call.body, _body(call))
    return _shown(call, value)


def delete_single(call: Call) -> None:
    """Take away what stands at a path."""
    resources = call.organization.resources
    resources.single(segments(call.operation.path), call.path)
    del resources.singles[call.path]


def act(call: Call) -> object:
    """Do something at a path where nothing stands.

    PATCH changes the item above; POST adds another one beside it. Where the answer is no such
    item it is made up.
    """
    template, resources = segments(call.operation.path), call.organization.resources
    wanted, parent = result_schema(call.operation) or {}, template[:-1]
    collection = resources.layout.collections.get(parent[:-1])
    if not is_parameter(parent[-1]) or collection is None or collection.schema != wanted:
        return resources.sampler.sample(wanted)
    if call.operation.method == "POST":
        return resources.add(parent[:-1], call.path[:-2], call.body, _body(call))
    item = resources.item(parent, call.path[:-1])
    inner = is_object(item.get(template[-1]))
    resources.change(collection.schema, item, {template[-1]: call.body} if inner else call.body)
    return item


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
    "DELETE": delete_single,
}


def _item(call: Call) -> JsonObject:
    return call.organization.resources.item(segments(call.operation.path), call.path)


def _item_schema(call: Call) -> Schema:
    template = segments(call.operation.path)
    return call.organization.resources.layout.collections[template[:-1]].schema


def _single_schema(call: Call) -> Schema:
    layout = call.organization.resources.layout
    return layout.result_at(segments(call.operation.path), "GET") or {}


def _body(call: Call) -> Schema:
    return call.operation.body or {}


def _shown(call: Call, value: JsonObject) -> JsonObject:
    shown: JsonObject = call.organization.resources.shaper.view(
        result_schema(call.operation) or {}, value
    )
    return shown
