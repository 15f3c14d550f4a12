"""Sources, dashboards, alerts and other resources of ClickStack."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.apis.clickhouse.models.clickstack_alerts import (
    ClickStackCreateAlertRequest,
)
from clickhouse_cloud_async.apis.clickhouse.models.clickstack_dashboards import (
    ClickStackCreateDashboardRequest,
)
from clickhouse_cloud_async.apis.clickhouse.models.clickstack_searches import (
    ClickStackSavedSearchInput,
)
from clickhouse_cloud_async.apis.clickhouse.models.clickstack_sources import (
    ClickStackLogSource,
    ClickStackMetricSource,
    ClickStackPromqlSource,
    ClickStackSessionSource,
    ClickStackTraceSource,
)
from clickhouse_cloud_async.apis.clickhouse.models.clickstack_webhooks import ClickStackWebhookInput
from clickhouse_cloud_async.core.codec import decode, deviations_of
from clickhouse_cloud_async.core.errors import CloudError
from clickhouse_cloud_async.desired.plain import plain

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.model import Model

    from .attributes import Attributes
    from .draft import Draft

_SOURCES: Mapping[str, type[Model]] = {
    "log": ClickStackLogSource,
    "trace": ClickStackTraceSource,
    "metric": ClickStackMetricSource,
    "session": ClickStackSessionSource,
    "promql": ClickStackPromqlSource,
}
_OTHERS = ("log_source", "trace_source", "metric_source", "session_source")
_WRITE_ONLY = "the state does not hold it: add it to the document, as references to secrets"
_NO_SERVICE = "no state tells the service of ClickStack: name it, or write it to the document"


def convert_source(draft: Draft, attributes: Attributes) -> None:
    """Convert a source; which fields it has depends on its kind."""
    fields = _begin(draft, attributes)
    for name in _OTHERS:
        if (id_ := attributes.take(f"{name}_id")) is not None:
            fields[name] = draft.named(attributes.notes, f"{name}_id", "clickstack_sources", id_)
    # The platform owns the connection of a service.
    attributes.drop("connection_id")
    model = _SOURCES.get(attributes.peek("kind"))
    if model is None:
        attributes.notes.lose("kind", f"{attributes.take('kind')} is no kind of source")
        return
    draft.add(attributes.notes, "clickstack_sources", fields | attributes.take_as(model))


def convert_saved_search(draft: Draft, attributes: Attributes) -> None:
    """Convert a saved search."""
    fields = _begin(draft, attributes)
    source = attributes.take("source_id")
    fields["source"] = draft.named(attributes.notes, "source_id", "clickstack_sources", source)
    filters = _json(attributes, "filters")
    if filters:
        fields["filters"] = filters
    fields |= attributes.take_as(ClickStackSavedSearchInput)
    draft.add(attributes.notes, "clickstack_saved_searches", fields)


def convert_webhook(draft: Draft, attributes: Attributes) -> None:
    """Convert a webhook; its URL is a secret."""
    fields = _begin(draft, attributes)
    fields |= attributes.take_all(webhook_service="service")
    url = attributes.secret("url")
    for name in ("headers", "query_params"):
        if attributes.take(f"{name}_version") is not None:
            attributes.notes.lose(name, _WRITE_ONLY)
        attributes.drop(name)
    fields |= attributes.take_as(ClickStackWebhookInput)
    draft.add(attributes.notes, "clickstack_webhooks", fields | {"url": url})


def convert_alert(draft: Draft, attributes: Attributes) -> None:
    """Convert an alert about a saved search."""
    fields = _begin(draft, attributes)
    search, notes = attributes.take("saved_search_id"), attributes.notes
    fields["source"] = "saved_search"
    fields["saved_search"] = draft.named(
        notes, "saved_search_id", "clickstack_saved_searches", search
    )
    channel = attributes.section("channel")
    if channel is not None:
        webhook = channel.take("webhook_id")
        target = draft.refer(notes, "channel.webhook_id", "clickstack_webhooks", webhook)
        fields["channels"] = [channel.take_all("type") | {"webhook_id": target}]
    fields |= attributes.take_as(ClickStackCreateAlertRequest)
    draft.add(attributes.notes, "clickstack_alerts", fields)


def convert_dashboard(draft: Draft, attributes: Attributes) -> None:
    """Convert a dashboard, which the provider keeps as JSON."""
    fields = _begin(draft, attributes)
    attributes.drop("normalized_json")
    written = _json(attributes, "dashboard_json")
    if not isinstance(written, Mapping):
        return
    content = {name: value for name, value in written.items() if name != "id"}
    for each in deviations_of(ClickStackCreateDashboardRequest, content):
        path = each.path.removeprefix("$")
        attributes.notes.lose(f"dashboard_json{path}", each.detail or f"it is an {each.kind}")
    try:
        dashboard = plain(decode(ClickStackCreateDashboardRequest, content))
    except CloudError as error:
        attributes.notes.lose("dashboard_json", error.message)
        return
    draft.add(
        attributes.notes,
        "clickstack_dashboards",
        fields | _with_references(draft, attributes, dashboard),
    )


def convert_role(draft: Draft, attributes: Attributes) -> None:
    """Convert a role of ClickStack."""
    fields = _begin(draft, attributes) | attributes.take_all("name", "description")
    permissions = []
    for permission in attributes.sections("permissions") or ():
        conditions = _json(permission, "conditions")
        taken = permission.take_all("action", "subject", "integration", "inverted", "fields")
        permissions.append(taken | ({"conditions": conditions} if conditions else {}))
    draft.add(attributes.notes, "clickstack_roles", fields | {"permissions": permissions})


def _begin(draft: Draft, attributes: Attributes) -> dict[str, Any]:
    """Return the field that all resources of ClickStack have: their service."""
    attributes.drop("id", "team")
    if draft.clickstack_service is None:
        attributes.notes.lose("service", _NO_SERVICE)
        return {}
    return {"service": draft.clickstack_service}


def _json(attributes: Attributes, name: str) -> Any:
    """Return the JSON value of an attribute; None if it is not JSON."""
    text = attributes.take(name)
    if text is None:
        return None
    try:
        return json.loads(text)
    except (TypeError, ValueError, RecursionError):
        attributes.notes.lose(name, "it is not JSON")
        return None


def _with_references(draft: Draft, attributes: Attributes, value: Any) -> Any:
    """Return a part of a dashboard in which references replace the IDs of sources."""
    if isinstance(value, Mapping):
        return {name: _with_references(draft, attributes, item) for name, item in value.items()}
    if isinstance(value, list):
        return [_with_references(draft, attributes, item) for item in value]
    if isinstance(value, str) and draft.names.find("clickstack_sources", value):
        return draft.refer(attributes.notes, "dashboard_json", "clickstack_sources", value)
    return value
