"""Certificates that gateways present."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.api7.emulator.call import kept, new_id
from clickhouse_cloud_async.apis.api7.emulator.certificates import parsed
from clickhouse_cloud_async.apis.api7.emulator.listing import page_of
from clickhouse_cloud_async.apis.api7.emulator.registry import operation
from clickhouse_cloud_async.apis.api7.emulator.states import CERTIFICATES, shown

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.api7.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject


@operation("listCertificates")
def list_all(call: Call) -> JsonObject:
    """Return a page of a control plane's certificates."""
    return page_of(map(shown, call.collection.peek_all().values()), call.query)


@operation("createCertificate")
def create(call: Call) -> JsonObject:
    """Store the parsed fields of a certificate; its key is not stored."""
    certificate = new_id(call.world)
    document = {
        "id": certificate,
        "control_plane_id": call.parameters["control_plane_id"],
        "created_at": call.now,
        **_content(call),
    }
    path = (*call.path, certificate)
    call.store.put(path, document)
    return shown(CERTIFICATES.enter(call.place, path, "uninitialized"))


@operation("getCertificate")
def get(call: Call) -> JsonObject:
    """Show the fields of a certificate."""
    return shown(call.document)


@operation("updateCertificate")
def replace(call: Call) -> JsonObject:
    """Replace a certificate."""
    certificate = call.document
    certificate |= _content(call)
    return shown(CERTIFICATES.enter(call.place, call.path, "uninitialized"))


@operation("deleteCertificate")
def delete(call: Call) -> None:
    """Remove a certificate."""
    call.store.remove(call.path)


def _content(call: Call) -> JsonObject:
    body = call.body
    content = parsed(body["certificate"], body["private_key"])
    content |= {"labels": [], "type": "Server", **kept(body, "labels", "type")}
    authority = body.get("client_ca_certificate") or body.get("ca_certificate")
    if authority:
        content["ca_certificate"] = parsed(authority, None, "client_ca_certificate")
    return content | {"updated_at": call.now}
