"""The password of a service, of which only a hash is stored."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.apis.clickhouse.emulator.access.credentials import is_sha256, sha256
from clickhouse_cloud_async.emulation.problems import bad_request
from clickhouse_cloud_async.emulation.randomness import random_text

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.json_values import JsonObject

LENGTH: Final = 20
"""Length of generated passwords."""


def generate(organization: Organization, service: JsonObject) -> str:
    """Set a new password of a service, and return it.

    Args:
        organization: The organisation of the service.
        service: The service.
    """
    password = random_text(organization.world.random, LENGTH)
    service["_passwordHash"] = sha256(password)
    return password


def take_hashes(service: JsonObject, body: JsonObject) -> None:
    """Set the password of a service by hashes from the caller.

    The second hash, for the MySQL protocol, is used only together with the first one.

    Args:
        service: The service.
        body: The body of the request, which contains the first hash.

    Raises:
        Problem: 400 if a hash is invalid.
    """
    if not is_sha256(body["newPasswordHash"]):
        raise bad_request("newPasswordHash: must be a SHA-256 digest in base64")
    double = body.get("newDoubleSha1Hash", "0" * 40)
    if not re.fullmatch(r"[0-9a-fA-F]{40}", double):
        raise bad_request("newDoubleSha1Hash: must be a SHA-1 digest in hexadecimal digits")
    service["_passwordHash"] = body["newPasswordHash"]
