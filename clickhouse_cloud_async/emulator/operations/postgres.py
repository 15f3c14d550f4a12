"""Managed Postgres."""

from __future__ import annotations

import base64
import textwrap
from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulator.messages import Reply
from clickhouse_cloud_async.emulator.problems import bad_request
from clickhouse_cloud_async.emulator.randomness import random_text
from clickhouse_cloud_async.emulator.registry import operation

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulator.json_values import JsonObject
    from clickhouse_cloud_async.emulator.messages import Call

_PEM_LINE = 64


@operation("postgresServiceCertsGet")
def get_certificates(call: Call) -> Reply:
    """A file that has the form of a certificate and certifies nothing."""
    content = base64.b64encode(f"Emulated authority of {call.path[-2]}. ".encode() * 8).decode()
    lines = textwrap.wrap(content, _PEM_LINE)
    pem = "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""])
    return Reply(pem, headers={"Content-Disposition": 'attachment; filename="ca.pem"'})


@operation("postgresServiceSetPassword")
def set_password(call: Call) -> JsonObject:
    """Set the password; without one it is generated and shown this once."""
    if "password" in call.body:
        return {}
    return {"password": f"Aa1{random_text(call.organization.random, 21)}"}


@operation("postgresServicePatchState")
def change_state(call: Call) -> JsonObject:
    """Restart, promote a replica, or switch to a standby."""
    if "command" not in call.body:
        raise bad_request("command: is required")
    service = call.organization.store.document(call.path[:-1])
    if call.body["command"] == "promote":
        if service["isPrimary"]:
            raise bad_request("only a read replica can be promoted")
        service["isPrimary"] = True
    return service
