"""A service from its creation to its end, with what belongs to it."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha1, sha256
from typing import TYPE_CHECKING

from . import RUNNING

if TYPE_CHECKING:
    from tests.emulator.client import Api

WAREHOUSE = {
    "name": "warehouse",
    "provider": "aws",
    "region": "eu-central-1",
    "ipAccessList": [{"source": "10.0.0.0/8", "description": "office"}],
    "tags": [{"key": "env", "value": "prod"}, {"key": "critical"}],
    "minReplicaMemoryGb": 16,
    "maxReplicaMemoryGb": 64,
    "numReplicas": 2,
    "idleScaling": True,
    "idleTimeoutMinutes": 30,
    "releaseChannel": "fast",
    "hasTransparentDataEncryption": True,
    "profile": "v1-highmem-s",
    "complianceType": "hipaa",
    "endpoints": [{"protocol": "mysql", "enabled": True}],
    "enableCoreDumps": False,
    "privatePreviewTermsChecked": True,
}


async def walk(api: Api) -> None:
    """Ask for every operation on services."""
    assert (await api("GET", "/serviceProfiles", query=[("region_id", "eu-central-1")])).result
    created = (await api("POST", "/services", WAREHOUSE)).result["service"]
    path = f"/services/{created['id']}"
    assert (await api("GET", path)).result["state"] == "provisioning"
    await api.emulator.advance(minutes=5)
    assert (await api("GET", "/services", query=[("filter", "tag:env=prod")])).result
    await _change(api, path)
    await _scale(api, path)
    await _configure(api, path)
    await _open(api, path)
    await _share(api, created["dataWarehouseId"])
    await _restore(api)
    await _end(api, path)


async def _change(api: Api, path: str) -> None:
    changes = {
        "name": "renamed",
        "ipAccessList": {"add": [{"source": "10.1.0.0/16"}], "remove": [{"source": "10.0.0.0/8"}]},
        "privateEndpointIds": {"add": ["vpce-1", "vpce-2"], "remove": []},
        "releaseChannel": "slow",
        "endpoints": [{"protocol": "mysql", "enabled": False}],
        "transparentDataEncryptionKeyId": "key-2",
        "tags": {"add": [{"key": "team", "value": "data"}], "remove": [{"key": "critical"}]},
        "enableCoreDumps": True,
    }
    changed = (await api("PATCH", path, changes)).result
    assert (changed["name"], changed["privateEndpointIds"]) == ("renamed", ["vpce-1", "vpce-2"])


async def _scale(api: Api, path: str) -> None:
    totals = {"minTotalMemoryGb": 48, "maxTotalMemoryGb": 96, "numReplicas": 3}
    assert (await api("PATCH", f"{path}/scaling", totals)).result["maxReplicaMemoryGb"] == 32
    horizontal = {
        "autoscalingMode": "horizontal",
        "minReplicas": 2,
        "maxReplicas": 6,
        "minReplicaMemoryGb": 32,
        "maxReplicaMemoryGb": 32,
        "idleScaling": False,
        "idleTimeoutMinutes": 10,
    }
    assert (await api("PATCH", f"{path}/replicaScaling", horizontal)).status == 200
    entry = {
        "name": "office hours",
        "weekdays": [1, 2, 3, 4, 5],
        "startHourUtc": 8,
        "endHourUtc": 18,
        "autoscalingMode": "horizontal",
        "minReplicaMemoryGb": 64,
        "maxReplicaMemoryGb": 64,
        "minReplicas": 4,
        "maxReplicas": 8,
        "idleScaling": False,
        "idleTimeoutMinutes": 60,
    }
    schedule = f"{path}/scalingSchedule"
    assert (await api("POST", schedule, {"entries": [entry]})).result["activeEntryId"]
    assert (await api("GET", schedule)).result["entries"][0]["isActiveNow"]
    assert (await api("DELETE", schedule)).status == 200


async def _configure(api: Api, path: str) -> None:
    window, settings = f"{path}/upgradeWindow", f"{path}/clickhouseSettings"
    assert (await api("PUT", window, {"weekday": 6, "startHourUtc": 18})).result["duration"] == 6
    assert (await api("GET", window)).result["weekday"] == 6
    assert (await api("DELETE", window)).status == 200
    routing = f"{path}/replicaAwareRouting"
    enabled = {"httpEnabled": True, "nativeEnabled": False}
    assert (await api("PATCH", routing, {"httpEnabled": True})).result == enabled
    assert (await api("GET", routing)).result == enabled
    assert (await api("GET", f"{settings}/schema")).result["settings"]
    body = {"settings": {"max_threads": 8, "timezone": "Europe/Berlin"}}
    assert (await api("PATCH", settings, body)).result["warnings"]
    assert len((await api("GET", settings)).result["settings"]) == 2
    assert (await api("GET", f"{settings}/max_threads")).result["value"] == 8
    assert (await api("DELETE", f"{settings}/max_threads")).status == 200


async def _open(api: Api, path: str) -> None:
    secret = b"secret"
    hashes = {
        "newPasswordHash": b64encode(sha256(secret).digest()).decode(),
        "newDoubleSha1Hash": sha1(sha1(secret).digest()).hexdigest(),  # noqa: S324 - MySQL's own
    }
    assert (await api("PATCH", f"{path}/password", {})).result["password"]
    assert (await api("PATCH", f"{path}/password", hashes)).result == {}
    private = {"id": "vpce-3", "description": "from the office"}
    assert (await api("POST", f"{path}/privateEndpoint", private)).result["id"] == "vpce-3"
    named = (await api("GET", f"{path}/privateEndpointConfig")).result["endpointServiceId"]
    region = [("cloud_provider", "aws"), ("region_id", "eu-central-1")]
    answer = await api("GET", "/privateEndpointConfig", query=region)
    assert answer.result["endpointServiceId"] == named
    query, keys = f"{path}/serviceQueryEndpoint", (await api("GET", "/keys")).result
    body = {
        "roles": ["sql_console_read_only"],
        "openApiKeys": [keys[0]["id"]],
        "allowedOrigins": "https://a.example,https://b.example",
    }
    assert (await api("POST", query, body)).result["id"]
    assert body.items() <= (await api("GET", query)).result.items()
    assert (await api("DELETE", query)).status == 200


async def _share(api: Api, warehouse: str) -> None:
    secondary = await api.create_service(
        region="eu-central-1", dataWarehouseId=warehouse, isReadonly=True, numReplicas=1
    )
    path = f"/services/{secondary['id']}"
    await api.emulator.advance(hours=1)
    assert (await api("PATCH", f"{path}/state", {"command": "awake"})).result["state"] == "awaking"
    await api.emulator.advance(minutes=1)
    await _end(api, path)


async def _restore(api: Api) -> None:
    source = (await api("GET", RUNNING)).result
    (backup, *_) = (await api("GET", f"{RUNNING}/backups")).result
    place = {name: source[name] for name in ("provider", "region")}
    assert (await api.create_service(**place, backupId=backup["id"]))["state"] == "provisioning"


async def _end(api: Api, path: str) -> None:
    state = f"{path}/state"
    assert (await api("PATCH", state, {"command": "stop"})).result["state"] == "stopping"
    await api.emulator.advance(minutes=1)
    assert (await api("PATCH", state, {"command": "start"})).result["state"] == "starting"
    await api.emulator.advance(minutes=1)
    assert (await api("PATCH", state, {"command": "stop"})).result["state"] == "stopping"
    await api.emulator.advance(minutes=1)
    assert (await api("DELETE", path)).status == 200
    await api.emulator.advance(minutes=1)
    left = [service["id"] for service in (await api("GET", "/services")).result]
    assert path.rpartition("/")[2] not in left
