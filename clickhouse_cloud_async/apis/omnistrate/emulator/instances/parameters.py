"""Values of input parameters for the creation and change of instances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from clickhouse_cloud_async.emulation.json_values import is_array, is_object
from clickhouse_cloud_async.emulation.problems import bad_request

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from clickhouse_cloud_async.apis.omnistrate.emulator.releases.releases import Content
    from clickhouse_cloud_async.emulation.json_values import JsonObject

_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "Boolean": (bool, str),
    "Float64": (int, float, str),
    "String": (str,),
    "Secret": (str,),
    "Password": (str,),
    "Resource": (str,),
}
"""Python types of values by the type of their parameter; numbers may be sent as text."""


def checked(content: Content, resource: str, values: object) -> dict[str, Any]:
    """Return the values of a new instance: the sent ones, and defaults.

    Args:
        content: The content of the version of the product tier.
        resource: Id of the resource.
        values: The sent values; None for none.

    Raises:
        Problem: 400 for an invalid value, or a required one that is missing.
    """
    given = _given(values)
    result: dict[str, Any] = {}
    for parameter in _of(content, resource):
        key = parameter["key"]
        if key in given:
            result[key] = _checked(parameter, given[key])
        elif "defaultValue" in parameter:
            result[key] = parameter["defaultValue"]
        elif parameter["required"]:
            raise bad_request(f"requestParams.{key} is required")
    for output in content.get("output-parameters", {}).values():
        if output["resourceId"] == resource and "value" in output:
            result.setdefault(output["key"], output["value"])
    return result


def changes(content: Content, resource: str, values: object) -> dict[str, Any]:
    """Return the values of a change.

    Raises:
        Problem: 400 for an invalid value, or one of a parameter that cannot be changed.
    """
    given = _given(values)
    result: dict[str, Any] = {}
    for parameter in _of(content, resource):
        key = parameter["key"]
        if key in given:
            if not parameter["modifiable"]:
                raise bad_request(f"requestParams.{key} cannot be changed")
            result[key] = _checked(parameter, given[key])
    return result


def entities(content: Content, resource: str) -> tuple[list[JsonObject], list[JsonObject]]:
    """Return the parameters of a resource as an offering shows them: input and output."""
    inputs = [_input(parameter) for parameter in _of(content, resource)]
    outputs = [
        {
            "key": each["key"],
            "displayName": each["name"],
            "description": each["description"],
            "type": _shown_type(each.get("valueType")),
            "custom": True,
            "isList": False,
        }
        for each in content.get("output-parameters", {}).values()
        if each["resourceId"] == resource
    ]
    return inputs, outputs


def _input(parameter: JsonObject) -> JsonObject:
    names = ("key", "description", "isList", "modifiable", "required", "defaultValue", "options")
    more = ("regex", "scope", "tabIndex")
    shown = {name: parameter[name] for name in (*names, *more) if name in parameter}
    shown |= {"displayName": parameter["name"], "custom": True}
    shown["type"] = _shown_type(parameter["type"])
    if "dependentResourceId" in parameter:
        shown["dependentResourceID"] = parameter["dependentResourceId"]
    return shown


def _shown_type(name: str | None) -> str:
    """Return the type of a parameter in offerings, in which secrets are text."""
    return name if name in {"Boolean", "Float64", "Resource"} else "String"


def _of(content: Content, resource: str) -> Iterator[JsonObject]:
    for parameter in content.get("input-parameters", {}).values():
        if parameter["resourceId"] == resource:
            yield parameter


def _given(values: object) -> Mapping[str, Any]:
    if values is None:
        return {}
    if not is_object(values):
        raise bad_request("requestParams must be an object")
    return values


def _checked(parameter: JsonObject, value: Any) -> Any:
    key, kind = parameter["key"], parameter["type"]
    items = value if parameter["isList"] and is_array(value) else [value]
    for item in items:
        if not isinstance(item, _TYPES[kind]):
            raise bad_request(f"requestParams.{key} must be of type {kind}")
        options = parameter.get("options") or list(parameter.get("labeledOptions", {}).values())
        if options and item not in options:
            raise bad_request(f"requestParams.{key} must be one of {', '.join(options)}")
    return value
