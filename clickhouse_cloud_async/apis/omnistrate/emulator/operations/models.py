"""Service models: their cloud accounts, features and releases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.omnistrate.emulator.call import kept
from clickhouse_cloud_async.apis.omnistrate.emulator.registry import operation
from clickhouse_cloud_async.apis.omnistrate.emulator.releases.releases import content_of
from clickhouse_cloud_async.apis.omnistrate.emulator.tree import tree
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.copies import copy_content
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.features import disable, enable
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.queries import having, peek
from clickhouse_cloud_async.emulation.problems import conflict, not_found

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.omnistrate.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject


@operation("addAccountConfigToServiceModel")
def add_account(call: Call) -> None:
    """Add a cloud account to a service model; the first of a cloud is the active one."""
    model, account = _model(call), call.get("account-configs", call.body["accountConfigId"])
    accounts = model.setdefault("accountConfigIds", [])
    if account["id"] in accounts:
        raise conflict(f"the service model uses {account['id']} already")
    accounts.append(account["id"])
    model.setdefault("activeAccountConfigIds", {}).setdefault(account["_cloud"], account["id"])


@operation("removeAccountConfigFromServiceModel")
def remove_account(call: Call) -> None:
    """Remove a cloud account from a service model."""
    model, account = _model(call), call.body["accountConfigId"]
    if account not in model.get("accountConfigIds", ()):
        raise not_found(f"account-config {account} of model {model['id']}")
    model["accountConfigIds"].remove(account)
    active = model.get("activeAccountConfigIds", {})
    model["activeAccountConfigIds"] = {c: used for c, used in active.items() if used != account}


@operation("setActiveAccountConfig")
def set_active_account(call: Call) -> None:
    """Make a cloud account of a service model the active one of its cloud."""
    model = _model(call)
    account = call.get("account-configs", call.parameters["accountConfigId"])
    if account["id"] not in model.get("accountConfigIds", ()):
        raise conflict(f"the service model does not use {account['id']}")
    model.setdefault("activeAccountConfigIds", {})[account["_cloud"]] = account["id"]


@operation("enableServiceModelFeature")
def enable_feature(call: Call) -> None:
    """Enable a feature of a service model, or change its settings."""
    feature = {"configuration": {}, **kept(call.body, "feature", "configuration")}
    enable(_model(call).setdefault("features", []), feature, "feature")


@operation("disableServiceModelFeature")
def disable_feature(call: Call) -> None:
    """Disable a feature of a service model."""
    disable(_model(call).setdefault("features", []), call.body, "feature")


@operation("getServiceModelReleaseStatus")
def release_status(call: Call) -> JsonObject:
    """Show the progress of the last release of a service model."""
    return {"status": _model(call).get("_release", "NOT_CONFIGURED")}


@operation("copyServiceModel")
def copy(call: Call) -> str:
    """Add a service model of another type with copies of the product tiers of this one."""
    source = call.get("models", call.parameters["sourceId"])
    fields = kept(call.body, "name", "description", "accountConfigIds", "features")
    fields |= {name: source[name] for name in ("serviceId", "serviceApiId")}
    fields["modelType"] = call.body["targetServiceModelType"]
    model = tree.add(call.world, "models", call.org_id, fields)
    changes = {"tierType": call.body["targetTierType"]} if "targetTierType" in call.body else {}
    for tier in list(having(call.world, "tiers", serviceModelId=source["id"])):
        copy_content(call.world, content_of(call.world, tier["id"]), model, changes)
    key: str = model["id"]
    return key


@operation("copyProductTier")
def copy_tier(call: Call) -> str:
    """Add a product tier, in this or another service model, with copies of the resources."""
    source = call.get("tiers", call.parameters["sourceId"])
    model = call.get("models", call.body["serviceModelId"])
    if any(having(call.world, "tiers", serviceModelId=model["id"], name=call.body["name"])):
        raise conflict(f"tiers: the name {call.body['name']!r} is taken")
    changes = {n: v for n, v in call.body.items() if n not in {"serviceModelId", "targetTierType"}}
    if "targetTierType" in call.body:
        changes["tierType"] = call.body["targetTierType"]
    content = content_of(call.world, source["id"])
    key: str = copy_content(call.world, content, peek(call.world, "models", model["id"]), changes)[
        "id"
    ]
    return key


def _model(call: Call) -> JsonObject:
    return call.get("models", call.parameters["id"])
