"""Invoices: an organisation gets one for each past month."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.apis.omnistrate.emulator.ids import new_id
from clickhouse_cloud_async.apis.omnistrate.emulator.registry import REGISTRY, timer
from clickhouse_cloud_async.emulation.clock import elapsed_at, moment_at, timestamp

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.omnistrate.emulator.place import Place
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path
    from clickhouse_cloud_async.emulation.world import World

PRICES: Final = {"STARTER_NO_COMMIT": 0.0, "STARTER": 99.0, "GROWTH": 499.0, "ENTERPRISE": 1999.0}
"""Invented prices of the plans per month."""

KEPT: Final = 120
"""Maximum number of stored invoices per organisation."""

_TIMER: Final = "invoice"
_BILLING: Final = "https://billing.example.com"


@REGISTRY.on_create("orgs")
def _begin(place: Place, path: Path) -> None:
    place.world.timers.set(path, _TIMER, _next_month(place.world))


@timer(_TIMER)
def _write(place: Place, path: Path) -> None:
    """Write the invoice of the month that has just ended."""
    world = place.world
    org = world.store.document(path)
    invoices = world.store.collection(("invoices",))
    own = [key for key, each in invoices.peek_all().items() if each["_org"] == org["id"]]
    moment = moment_at(world.elapsed)
    amount = PRICES[org["_plan"]]
    key = new_id(world, "in-")
    invoice: JsonObject = {
        "id": key,
        "invoiceId": key,
        "invoiceNumber": f"{org['_provider']}-{moment:%Y%m}",
        "invoiceDate": timestamp(moment),
        "dueDate": timestamp(moment + timedelta(days=30)),
        "invoiceStatus": "open" if org.get("_unpaid") else "paid",
        "invoiceUrl": f"{_BILLING}/{key}",
        "invoicePdf": f"{_BILLING}/{key}.pdf",
        "paymentTerms": "30 days",
        "currency": "USD",
        "totalAmountWithoutTax": amount,
        "taxAmount": 0.0,
        "totalAmount": amount,
        "_org": org["id"],
    }
    invoices[key] = invoice
    for old in own[: len(own) + 1 - KEPT]:
        del invoices[old]
    world.timers.set(path, _TIMER, _next_month(world))


def _next_month(world: World) -> float:
    now = moment_at(world.elapsed)
    month = now.year * 12 + now.month
    first = datetime(month // 12, month % 12 + 1, 1, tzinfo=now.tzinfo)
    return elapsed_at(first)
