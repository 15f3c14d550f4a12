"""The vendor's own plan, usage, invoices, and payments of customers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.apis.omnistrate.emulator.access.tokens import digest
from clickhouse_cloud_async.apis.omnistrate.emulator.billing import usage
from clickhouse_cloud_async.apis.omnistrate.emulator.billing.invoices import PRICES
from clickhouse_cloud_async.apis.omnistrate.emulator.ids import now
from clickhouse_cloud_async.apis.omnistrate.emulator.registry import operation
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.queries import having
from clickhouse_cloud_async.emulation.clock import timestamp
from clickhouse_cloud_async.emulation.moments import read_moment
from clickhouse_cloud_async.emulation.problems import bad_request, not_found
from clickhouse_cloud_async.emulation.randomness import random_text

if TYPE_CHECKING:
    from datetime import datetime

    from clickhouse_cloud_async.apis.omnistrate.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject

_BILLING: Final = "https://billing.example.com"


@operation("describePlan")
def describe_plan(call: Call) -> JsonObject:
    """Show the plan of the organisation."""
    org = _org(call)
    plan = org["_plan"]
    return {
        "planName": plan,
        "planDescription": f"The plan {plan}",
        "planFrequency": "MONTHLY",
        "planMonthlyCost": PRICES[plan],
        "planCoreHourCost": 0.05,
        "paymentConfigured": not org.get("_unpaid"),
        "startDate": org["_since"],
        "modifiedAt": org.get("_planChanged", org["_since"]),
    }


@operation("changePlan")
def change_plan(call: Call) -> None:
    """Change the plan of the organisation."""
    org = _org(call)
    org |= {"_plan": call.body["planName"], "_planChanged": now(call.world)}


@operation("getCurrentUsage")
def current_usage(call: Call) -> JsonObject:
    """Show the usage of the organisation's customers in the current month."""
    return {"planName": _org(call)["_plan"], **_current(call, _sold(call))}


@operation("getUsagePerDay")
def usage_per_day(call: Call) -> JsonObject:
    """Show the daily usage of the organisation's customers."""
    return {"planName": _org(call)["_plan"], **_per_day(call, _sold(call))}


@operation("getCurrentConsumptionUsage")
def current_consumption(call: Call) -> JsonObject:
    """Show the usage of the caller's subscriptions in the current month."""
    return _current(call, _bought(call))


@operation("getConsumptionUsagePerDay")
def consumption_per_day(call: Call) -> JsonObject:
    """Show the daily usage of the caller's subscriptions."""
    return _per_day(call, _bought(call))


@operation("listInvoices", "listConsumptionInvoices")
def list_invoices(call: Call) -> JsonObject:
    """List the invoices of the organisation: one for each past month."""
    return {"invoices": _invoices(call)}


@operation("describeInvoice")
def describe_invoice(call: Call) -> JsonObject:
    """Show an invoice."""
    for invoice in _invoices(call):
        if invoice["invoiceId"] == call.parameters["id"]:
            return invoice
    raise not_found(f"invoice {call.parameters['id']}")


@operation("describeConsumptionBillingDetails")
def billing_details(call: Call) -> JsonObject:
    """Show the caller's payment method."""
    return {"paymentConfigured": _pays(call), "paymentInfoPortalURL": _BILLING}


@operation("describeConsumptionBillingStatus")
def billing_status(call: Call) -> JsonObject:
    """Show whether customers of this vendor are billed, which needs connected payments."""
    vendor = call.user["_vendor"] or call.org_id
    return {"enabled": "_stripe" in call.store.document(("orgs", vendor))}


@operation("describeUserBillingDetails")
def user_billing_details(call: Call) -> JsonObject:
    """Show a user's payment method."""
    user = call.store.document(call.path)
    return {
        "userId": user["id"],
        "name": user["name"],
        "paymentConfigured": _pays(call),
        "paymentInfoPortalURL": _BILLING,
    }


@operation("getStripeAuthorizeUrl")
def authorize_url(call: Call) -> JsonObject:
    """Return the URL at which the vendor connects its payments; its state works once."""
    state = random_text(call.world.draw("stripe", call.org_id, str(call.world.elapsed)), 24)
    return {"authorizeURL": f"{_BILLING}/oauth/authorize?state={state}"}


@operation("completeOAuthConnection")
def complete_connection(call: Call) -> JsonObject:
    """Connect the vendor's payments with a code, which works once."""
    code = call.body.get("code")
    org = _org(call)
    if not code or digest(code) in org.get("_stripeCodes", ()):
        raise bad_request("code: is missing or was used already")
    org["_stripeCodes"] = [*org.get("_stripeCodes", ())[-9:], digest(code)]
    org["_stripe"] = f"acct_{random_text(call.world.random, 16)}"
    return {"stripeUserID": org["_stripe"]}


@operation("revokeOAuthAccess")
def revoke_connection(call: Call) -> None:
    """Disconnect the vendor's payments."""
    if _org(call).pop("_stripe", None) is None:
        raise not_found("the payment connection")


def _org(call: Call) -> JsonObject:
    return call.store.document(("orgs", call.org_id))


def _pays(call: Call) -> bool:
    return not _org(call).get("_unpaid")


def _sold(call: Call) -> list[JsonObject]:
    """Return the instances of the services of the caller's organisation."""
    own = {service["id"] for service in call.all("services")}
    return [each for each in having(call.world, "instances") if each["_serviceId"] in own]


def _bought(call: Call) -> list[JsonObject]:
    """Return the instances of the caller's subscriptions, or of the requested one."""
    wanted = call.query.get("subscriptionID")
    own = {
        subscription["id"]
        for subscription in having(call.world, "subscriptions")
        if call.user_id in subscription["_users"] and wanted in {None, subscription["id"]}
    }
    return [each for each in having(call.world, "instances") if each["subscriptionId"] in own]


def _current(call: Call, instances: list[JsonObject]) -> JsonObject:
    begin, end = usage.month_of(call.world)
    hours = usage.total(call.world, instances, begin, end)
    return {**_times(begin, end), "usage": [usage.entry(hours, begin, end)]}


def _per_day(call: Call, instances: list[JsonObject]) -> JsonObject:
    begin, end = usage.month_of(call.world)
    if "startDate" in call.query:
        begin = read_moment("startDate", call.query["startDate"])
    if "endDate" in call.query:
        end = read_moment("endDate", call.query["endDate"])
    return {
        **_times(begin, end),
        "usage": list(usage.per_day(call.world, instances, begin, end)),
    }


def _times(begin: datetime, end: datetime) -> JsonObject:
    return {"startTime": timestamp(begin), "endTime": timestamp(end)}


def _invoices(call: Call) -> list[JsonObject]:
    org = call.org_id
    return [
        {name: value for name, value in each.items() if name != "id" and name[:1] != "_"}
        for each in having(call.world, "invoices", _org=org)
    ]
