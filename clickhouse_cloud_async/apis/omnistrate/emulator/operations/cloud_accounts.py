"""Cloud accounts in which instances run; the platform verifies the granted access."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.apis.omnistrate.emulator.call import kept
from clickhouse_cloud_async.apis.omnistrate.emulator.clouds import cloud_accounts
from clickhouse_cloud_async.apis.omnistrate.emulator.clouds.clouds import CLOUDS
from clickhouse_cloud_async.apis.omnistrate.emulator.registry import operation
from clickhouse_cloud_async.apis.omnistrate.emulator.states import CLOUD_ACCOUNTS
from clickhouse_cloud_async.apis.omnistrate.emulator.tree import tree
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.shown import shown
from clickhouse_cloud_async.emulation.problems import bad_request, conflict, not_found

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from clickhouse_cloud_async.apis.omnistrate.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject

_SEARCHES: Final = {
    "describeAccountConfigByAWSAccountID": "awsAccountID",
    "describeAccountConfigByAzureSubscriptionID": "azureSubscriptionID",
    "describeAccountConfigByGCPProjectID": "gcpProjectID",
    "describeAccountConfigByNebiusTenantID": "nebiusTenantID",
    "describeAccountConfigByOCITenancyID": "ociTenancyID",
}
"""Operations that find an account by its ID in the cloud, with the field that contains it."""


@operation("createAccountConfig")
def create(call: Call) -> str:
    """Add a cloud account, which waits for access to be granted in the cloud."""
    key: str = cloud_accounts.add(call.world, call.org_id, call.body)["id"]
    return key


@operation("updateAccountConfig")
def update(call: Call) -> str:
    """Change a cloud account, which is verified again."""
    account = _account(call)
    account |= kept(call.body, "name", "description", "customTags")
    if "nebiusBindings" in call.body:
        account["nebiusBindings"] = cloud_accounts.bindings(call.body["nebiusBindings"])
        CLOUD_ACCOUNTS.enter(call.place, call.path, "VERIFYING")
    key: str = account["id"]
    return key


@operation("verifyAccountConfig")
def verify(call: Call) -> None:
    """Start the verification of access, which always succeeds in an emulator."""
    if _account(call)["status"] in {"DELETING", "READY_TO_OFFBOARD"}:
        raise conflict("the account is being deleted")
    CLOUD_ACCOUNTS.enter(call.place, call.path, "VERIFYING")


@operation("deleteAccountConfig")
def delete(call: Call) -> None:
    """Start the deletion of a cloud account; a second call completes its offboarding."""
    account = _account(call)
    tree.check_unused(call.world, [call.path])
    if account["status"] == "DELETING":
        raise conflict("an operation is already in progress: the account is DELETING")
    if account["status"] in {"READY_TO_OFFBOARD", "PENDING", "FAILED"}:
        tree.remove(call.world, "account-configs", account["id"])
    else:
        CLOUD_ACCOUNTS.enter(call.place, call.path, "DELETING")


@operation("listAccountConfig")
def list_all(call: Call) -> JsonObject:
    """List the accounts of the organisation in a cloud, or in all."""
    cloud = call.parameters["cloudProviderName"]
    if cloud != "all" and cloud not in CLOUDS:
        raise bad_request(f"cloudProviderName must be all or one of {', '.join(CLOUDS)}")
    every = call.all("account-configs")
    return _listed(call, (each for each in every if cloud in {"all", each["_cloud"]}))


@operation("listBYOAConfig")
def list_brought(call: Call) -> JsonObject:
    """List the accounts of customers."""
    cloud = call.body["cloudProviderName"]
    every = call.all("account-configs")
    brought = (each for each in every if each.get("byoaInstanceIDs"))
    return _listed(call, (each for each in brought if cloud in {"all", each["_cloud"]}))


@operation("getAccountConfigIdentityId", "getCustomDomainIdentityId")
def identity(call: Call) -> JsonObject:
    """Return the ID that trust policies in clouds must contain."""
    return {"id": call.org_id}


def _search(name: str, field: str) -> Callable[[Call], JsonObject]:
    def search(call: Call) -> JsonObject:
        """Find an account by its id in the cloud."""
        wanted = call.parameters[field]
        for account in call.all("account-configs"):
            if account.get(field) == wanted:
                schema = name[0].upper() + name[1:] + "Result"
                known = call.world.contract.schemas[schema]["properties"]
                return dict.fromkeys(call.world.contract.schemas[schema]["required"], "") | {
                    n: v for n, v in account.items() if n in known
                }
        raise not_found(f"an account with {field} {wanted}")

    return search


for _name, _field in _SEARCHES.items():
    operation(_name)(_search(_name, _field))


def _account(call: Call) -> JsonObject:
    return call.get("account-configs", call.parameters["id"])


def _listed(call: Call, found: Iterable[JsonObject]) -> JsonObject:
    accounts = [shown(call.world, "account-configs", account) for account in found]
    return {"ids": [account["id"] for account in accounts], "accountConfigs": accounts}
