"""Custom networks of customers."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.omnistrate.emulator.clouds.clouds import CLOUDS
from clickhouse_cloud_async.apis.omnistrate.emulator.registry import operation
from clickhouse_cloud_async.apis.omnistrate.emulator.states import NETWORKS
from clickhouse_cloud_async.apis.omnistrate.emulator.tree import tree
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.queries import having
from clickhouse_cloud_async.emulation.problems import bad_request, conflict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clickhouse_cloud_async.apis.omnistrate.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject


@operation("createCustomNetwork")
def create(call: Call) -> JsonObject:
    """Start the creation of a network in a region."""
    body = dict(call.body)
    body.setdefault("cidr", "10.0.0.0/16")
    cloud, region = body["cloudProviderName"], body["cloudProviderRegion"]
    if cloud not in CLOUDS or region not in CLOUDS[cloud].regions:
        raise bad_request(f"cloudProviderRegion: there is no region {region} of {cloud}")
    wanted = _range(body["cidr"])
    for other in _own(call):
        same = (other["cloudProviderName"], other["cloudProviderRegion"]) == (cloud, region)
        if same and wanted.overlaps(IPv4Network(other["cidr"])):
            raise conflict(f"cidr: {body['cidr']} overlaps with that of {other['id']}")
    fields = {
        **body,
        "networkDefinitionType": "Custom",
        "owningUserId": call.user_id,
        "owningUserName": call.user["name"],
        "created_at": call.now,
        "last_modified_at": call.now,
        "_owner": call.user_id,
    }
    network = tree.add(call.world, "custom-networks", call.org_id, fields)
    NETWORKS.enter(call.place, ("custom-networks", network["id"]), "PENDING")
    return _shown(network)


@operation("listCustomNetworks")
def list_all(call: Call) -> JsonObject:
    """List the networks of the caller."""
    query = call.query
    found = [
        _shown(network)
        for network in _own(call)
        if query.get("cloudProviderName") in {None, network["cloudProviderName"]}
        and query.get("cloudProviderRegion") in {None, network["cloudProviderRegion"]}
    ]
    return {"customNetworks": found}


@operation("describeCustomNetwork")
def describe(call: Call) -> JsonObject:
    """Show a network."""
    return _shown(call.store.document(call.path))


@operation("updateCustomNetwork")
def update(call: Call) -> JsonObject:
    """Rename a network; nothing else can be changed."""
    network = call.store.document(call.path)
    if "name" in call.body:
        network |= {"name": call.body["name"], "last_modified_at": call.now}
        for instance in list(having(call.world, "instances", _networkId=network["id"])):
            document = call.store.document(("instances", instance["id"]))
            document["customNetworkDetail"]["name"] = network["name"]
    return _shown(network)


@operation("deleteCustomNetwork")
def delete(call: Call) -> None:
    """Start the deletion of a network in which no instance runs."""
    if call.store.document(call.path)["status"] == "DELETING":
        raise conflict("an operation is already in progress: the network is DELETING")
    tree.check_unused(call.world, [call.path])
    NETWORKS.enter(call.place, call.path, "DELETING")


def _own(call: Call) -> Iterator[JsonObject]:
    return having(call.world, "custom-networks", _owner=call.user_id)


def _shown(network: JsonObject) -> JsonObject:
    return {name: value for name, value in network.items() if name[:1] != "_"}


def _range(text: str) -> IPv4Network:
    try:
        return IPv4Network(text)
    except ValueError:
        raise bad_request(f"cidr: {text!r} is not a range such as 10.0.0.0/16") from None
