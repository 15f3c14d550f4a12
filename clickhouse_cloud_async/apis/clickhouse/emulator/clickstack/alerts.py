"""Alerts: their states, and the objects that they refer to.

An emulated service receives no data, so an alert sees the value 0 in each window.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.apis.clickhouse.emulator.registry import timer
from clickhouse_cloud_async.emulation.problems import conflict

from .common import neighbours

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call
    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path

_WINDOW: Final = "clickstack_alert.window"

_VALUE = 0.0

_SECONDS: Mapping[str, float] = {
    "30s": 30, "1m": 60, "5m": 300, "15m": 900, "30m": 1800,
    "1h": 3600, "6h": 21600, "12h": 43200, "1d": 86400,
}  # fmt: skip

_MEETS: Mapping[str, Callable[[float, float, float], bool]] = {
    "above": lambda value, least, _: value >= least,
    "above_exclusive": lambda value, least, _: value > least,
    "below": lambda value, most, _: value < most,
    "below_or_equal": lambda value, most, _: value <= most,
    "equal": lambda value, wanted, _: value == wanted,
    "not_equal": lambda value, wanted, _: value != wanted,
    "between": lambda value, least, most: least <= value <= most,
    "not_between": lambda value, least, most: not least <= value <= most,
}


def watch(organization: Organization, path: Path) -> None:
    """Schedule the evaluation of an alert's first window; until then it keeps its state.

    Args:
        organization: The organisation of the alert.
        path: Its path.
    """
    alert = organization.world.store.document(path)
    alert["_windows"] = 0
    if _is_met(alert) or alert["state"] != "OK":
        _look_later(organization, path, alert)
    else:
        organization.world.timers.cancel(path, _WINDOW)


@timer(_WINDOW)
def _end_window(organization: Organization, path: Path) -> None:
    alert = organization.world.store.document(path)
    if not _is_met(alert):
        alert["state"] = "OK"
        return
    alert["_windows"] += 1
    if alert["_windows"] >= (alert.get("numConsecutiveWindows") or 1):
        alert["state"] = "ALERT"
        return
    if alert["state"] == "OK":
        alert["state"] = "PENDING"
    _look_later(organization, path, alert)


def _look_later(organization: Organization, path: Path, alert: JsonObject) -> None:
    due = organization.world.elapsed + _SECONDS[alert["interval"]]
    organization.world.timers.set(path, _WINDOW, due)


def _is_met(alert: JsonObject) -> bool:
    """Return whether an alert's condition holds in each window; False if a part is missing."""
    if not {"interval", "threshold", "thresholdType"} <= alert.keys():
        return False
    threshold: float = alert["threshold"]
    most: float = alert.get("thresholdMax", threshold)
    return _MEETS[alert["thresholdType"]](_VALUE, threshold, most)


def drop(call: Call, **watched: str) -> None:
    """Delete the alerts that watch a deleted object.

    Args:
        call: The call that deletes it.
        **watched: Properties of the alerts, such as ``savedSearchId``.
    """
    alerts = neighbours(call, "alerts")
    for alert_id, alert in list(alerts.items()):
        if watched.items() <= alert.items():
            del alerts[alert_id]


def check_unused(call: Call, webhook_id: str) -> None:
    """Check that no alert uses a webhook.

    Raises:
        Problem: 409 if one does.
    """
    for alert_id, alert in neighbours(call, "alerts").items():
        if webhook_id in _webhooks(alert):
            raise conflict(f"alert {alert_id} points at webhook {webhook_id}")


def _webhooks(alert: JsonObject) -> Iterator[str]:
    return (channel["webhookId"] for channel in alert["channels"] if "webhookId" in channel)
