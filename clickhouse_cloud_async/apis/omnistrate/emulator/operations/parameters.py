"""Input parameters: operations that are specific to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.apis.omnistrate.emulator.registry import operation
from clickhouse_cloud_async.apis.omnistrate.emulator.tree import crud
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.kinds import BY_COLLECTION
from clickhouse_cloud_async.emulation.problems import bad_request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.apis.omnistrate.emulator.call import Call

_KIND = BY_COLLECTION["input-parameters"]


@operation("createInputParameter")
def create(call: Call) -> str:
    """Add an input parameter to a resource."""
    _check_options(call.body)
    return crud.create(call, _KIND)


@operation("updateInputParameter")
def update(call: Call) -> None:
    """Change an input parameter; its key does not change."""
    known = call.get("input-parameters", call.parameters["id"])
    _check_options(known | call.body)
    crud.update(call, _KIND)


def _check_options(parameter: Mapping[str, Any]) -> None:
    if parameter.get("options") and parameter.get("labeledOptions"):
        raise bad_request("body.options and body.labeledOptions cannot be combined")
