"""The rules of a Postgres service's IP access list."""

from __future__ import annotations

import re
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulation.problems import bad_request
from clickhouse_cloud_async.emulation.randomness import random_uuid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.json_values import JsonObject

# The documentation says only that all addresses are allowed. How the API shows that is deduced.
_EVERYBODY = (
    {"source": "0.0.0.0/0", "portRange": "5432"},
    {"source": "0.0.0.0/0", "portRange": "6432"},
)
_PORTS = re.compile(r"(\d{1,5})(?:\.\.(\d{1,5}))?")
_GREATEST_PORT = 65535


def initial(organization: Organization, asked: Iterable[JsonObject] | None) -> list[JsonObject]:
    """The rules of a new service.

    Args:
        organization: Its organisation.
        asked: The rules of the request; None if it has no list, which allows all addresses.

    Raises:
        Problem: 400 for an invalid rule.
    """
    rules = _EVERYBODY if asked is None else asked
    return [_rule(organization, rule, index) for index, rule in enumerate(rules)]


def changed(
    organization: Organization, rules: list[JsonObject], change: JsonObject
) -> list[JsonObject]:
    """Return the rules after a change: rules are removed before others are added.

    Args:
        organization: The organisation of the service.
        rules: The current rules.
        change: The rules to remove, by ID, and to add.

    Raises:
        Problem: 400 for an invalid rule.
    """
    removed = {rule["id"] for rule in change.get("remove", ())}
    added = [_rule(organization, rule, index) for index, rule in enumerate(change.get("add", ()))]
    return [*(rule for rule in rules if rule["id"] not in removed), *added]


def _rule(organization: Organization, asked: JsonObject, index: int) -> JsonObject:
    try:
        IPv4Network(asked["source"])
    except ValueError:
        raise bad_request(
            f"ipAccessList[{index}].source: must be an IPv4 address or range"
        ) from None
    ports = _PORTS.fullmatch(asked["portRange"])
    first, last = (int(port or ports[1]) for port in ports.groups()) if ports else (0, 0)
    if not 0 < first <= last <= _GREATEST_PORT:
        raise bad_request(f"ipAccessList[{index}].portRange: must be a port, or two with '..'")
    return {"id": random_uuid(organization.world.random), "description": ""} | asked
