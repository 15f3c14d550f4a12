"""Reads descriptions of fleets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.emulation.description_file import read_description_file

from .plans import PLANS

if TYPE_CHECKING:
    from os import PathLike


@attrs.frozen
class KeyDescription:
    """An API key to add.

    Args:
        name: Its name.
        roles: System roles.
        api_key: ID that callers send; generated if None.
        api_secret: Secret that callers send; generated if None.
    """

    name: str
    roles: tuple[str, ...] = ("admin",)
    api_key: str | None = None
    api_secret: str | None = attrs.field(default=None, repr=False)


@attrs.frozen
class OrganizationDescription:
    """The parts of a description to add to an organisation.

    Args:
        name: Name of a new organisation; empty for the first one, which is there.
        services: The known properties of each service.
        places: The path of each service in the description, for messages.
        keys: The keys.
        plan: The plan of the organisation; None to keep its plan.
    """

    name: str
    services: tuple[Mapping[str, object], ...]
    places: tuple[str, ...]
    keys: tuple[KeyDescription, ...]
    plan: str | None


def read_description(
    source: str | PathLike[str] | Mapping[str, object],
) -> list[OrganizationDescription]:
    """Read a description of a fleet.

    Args:
        source: The description, or a YAML or JSON file with one.

    Returns:
        The parts for the first organisation, then those for each additional organisation.

    Raises:
        ValueError: A value is unknown or has a wrong type; the message has its path.
    OSError: The file cannot be read.
    """
    value = source if isinstance(source, Mapping) else read_description_file(Path(source))
    top = _object(value, "the description", {"plan", "services", "keys", "organizations"})
    found = [_organization("", top, "")]
    for index, item in enumerate(_list(top, "organizations", "")):
        where = f"organizations[{index}]"
        entry = _object(item, where, {"name", "plan", "services", "keys"})
        found.append(_organization(_text(entry, "name", where), entry, f"{where}."))
    return found


def _organization(name: str, entry: Mapping[str, Any], within: str) -> OrganizationDescription:
    plan = entry.get("plan")
    if plan is not None and plan not in PLANS:
        raise ValueError(f"{within}plan: must be one of {', '.join(PLANS)}")
    services = _services(entry, within)
    return OrganizationDescription(
        name,
        services=tuple(service for _, service in services),
        places=tuple(place for place, _ in services),
        keys=_keys(entry, within),
        plan=plan,
    )


def _services(parent: Mapping[str, Any], within: str) -> list[tuple[str, Mapping[str, object]]]:
    """Return every service with its path; one with a count is repeated."""
    found: list[tuple[str, Mapping[str, object]]] = []
    for index, item in enumerate(_list(parent, "services", within)):
        where = f"{within}services[{index}]"
        service = dict(_object(item, where, None))
        count = service.pop("count", None)
        if isinstance(service.get("tags"), Mapping):
            service["tags"] = [
                {"key": key, "value": str(value)} for key, value in service["tags"].items()
            ]
        if count is None:
            found.append((where, service))
            continue
        if not isinstance(count, int) or isinstance(count, bool) or count < 1:
            raise ValueError(f"{where}.count: must be a whole number of at least 1")
        name = _text(service, "name", where)
        found += [(where, service | {"name": f"{name}-{number}"}) for number in range(1, count + 1)]
    return found


def _keys(parent: Mapping[str, Any], within: str) -> tuple[KeyDescription, ...]:
    found: list[KeyDescription] = []
    for index, item in enumerate(_list(parent, "keys", within)):
        where = f"{within}keys[{index}]"
        entry = _object(item, where, {"name", "roles", "api_key", "api_secret"})
        roles = entry.get("roles", ["admin"])
        if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
            raise ValueError(f"{where}.roles: must be a list of role names")
        credentials = {
            name: _text(entry, name, where) for name in ("api_key", "api_secret") if name in entry
        }
        found.append(KeyDescription(_text(entry, "name", where), tuple(roles), **credentials))
    return tuple(found)


def _object(value: object, where: str, known: set[str] | None) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{where}: must be an object")  # noqa: TRY004 - of a file, not an argument
    for name in value:
        if known is not None and name not in known:
            raise ValueError(
                f"{where}: {name!r} is not known; use one of {', '.join(sorted(known))}"
            )
    return value


def _list(parent: Mapping[str, Any], name: str, within: str) -> list[object]:
    value = parent.get(name, [])
    if not isinstance(value, list):
        raise ValueError(f"{within}{name}: must be a list")  # noqa: TRY004 - of a file
    return value


def _text(parent: Mapping[str, Any], name: str, where: str) -> str:
    value = parent.get(name)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{where}.{name}: must be a non-empty text")
    return value
