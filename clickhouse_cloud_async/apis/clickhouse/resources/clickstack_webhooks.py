"""Webhooks of ClickStack as a kind of desired state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from clickhouse_cloud_async.apis.clickhouse.models.clickstack_webhooks import (
    ClickStackWebhook,
    ClickStackWebhookInput,
    ClickStackWebhookInputService,
)
from clickhouse_cloud_async.core.errors import ConfigurationError, InvalidArgumentError
from clickhouse_cloud_async.core.values import MASK, UNSET, Secret, protect
from clickhouse_cloud_async.desired.comparison import as_value
from clickhouse_cloud_async.desired.diff import FieldChange
from clickhouse_cloud_async.desired.field import Field
from clickhouse_cloud_async.desired.resource import Created

from .in_service import InService, known, service_of
from .variables import needed_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clickhouse_cloud_async.core.model import Model
    from clickhouse_cloud_async.desired.resource import Change, Creation, Location, Resource
    from clickhouse_cloud_async.desired.validation import ErrorCollector, FieldPath


def _compare_url(field: str, before: Secret | None, after: Secret | None) -> list[FieldChange]:
    """Compare secrets that the API shows, without showing them.

    An external secret is compared if it can be read.
    """
    try:
        is_same = before is not None and after is not None and before.reveal() == after.reveal()
    except ConfigurationError:
        return []
    if is_same:
        return []
    return [FieldChange(field, None, UNSET if before is None else MASK, MASK)]


def _body(webhook: Any) -> Any:
    """Return the body that a webhook sends; a secret if the API does not show it."""
    is_hidden = webhook.service == ClickStackWebhookInputService.INCIDENTIO
    return Secret(MASK) if is_hidden else getattr(webhook, "body", None)


def _compare_body(field: str, before: Any, after: Any) -> list[FieldChange]:
    return [] if isinstance(before, Secret) else as_value(field, before, after)


class ClickStackWebhooks(InService[ClickStackWebhook]):
    """Webhooks that alerts call; names are unique for each `webhook_service`."""

    name: ClassVar[str] = "clickstack_webhooks"
    noun: ClassVar[str] = "ClickStack webhook"
    key: ClassVar[tuple[str, ...]] = ("webhook_service", "name")
    models: ClassVar[tuple[type[Model], ...]] = (ClickStackWebhookInput,)
    fields: ClassVar[tuple[Field, ...]] = (
        # The field named service refers to the ClickHouse service.
        Field("webhook_service", argument="service", read=lambda webhook: webhook.service),
        Field("name"),
        Field("url", compare=_compare_url, normalise=protect),
        Field("description", default=""),
        Field("body", read=_body, compare=_compare_body, normalise=lambda body: body or None),
        Field("headers", is_secret=True),
        Field("query_params", is_secret=True),
    )

    async def list_items(self, location: Location) -> Sequence[ClickStackWebhook]:
        """Return the webhooks of a service."""
        return known(await location.client.clickstack.webhooks.list(**service_of(location)))

    async def create(self, creation: Creation) -> Created[ClickStackWebhook]:
        """Create a webhook."""
        webhook = await creation.client.clickstack.webhooks.create(
            **creation.fields, **service_of(creation)
        )
        return Created(webhook)

    async def change(self, change: Change[ClickStackWebhook]) -> ClickStackWebhook | None:
        """Replace a webhook; headers and query parameters are kept unless its URL changes."""
        fields = self.whole(change)
        if isinstance(fields.get("body"), Secret) and "body" not in change.wanted:
            raise InvalidArgumentError(
                f"body: each change of webhook {change.resource.name} replaces its body, which the"
                " API does not show; describe it, too"
            )
        webhook: ClickStackWebhook = await change.client.clickstack.webhooks.update(
            click_stack_webhook_id=change.resource.id, **fields, **service_of(change)
        )
        return webhook

    async def delete(self, resource: Resource[ClickStackWebhook]) -> None:
        """Delete a webhook, which no alert may use."""
        await resource.client.clickstack.webhooks.delete(
            click_stack_webhook_id=resource.id, **service_of(resource)
        )

    def protection(self, item: ClickStackWebhook) -> str | None:
        """Return the reason if it is a webhook of an app, which is managed in the console only."""
        service = getattr(item, "service", "")
        if service in [*ClickStackWebhookInputService]:
            return None
        return f"webhooks of {service} are made in the console"

    def export(self, resource: Resource[ClickStackWebhook]) -> dict[str, Any]:
        """Return the fields, with a variable for the URL: anyone who knows it can post to it."""
        fields = super().export(resource)
        fields = {name: value for name, value in fields.items() if not isinstance(value, Secret)}
        return fields | needed_secrets(self, resource, fields, ["url"])

    def check(self, fields: Mapping[str, Any], path: FieldPath, errors: ErrorCollector) -> None:
        """Check that the fields match the called service."""
        if fields.get("webhook_service") == ClickStackWebhookInputService.SLACK:
            for name in ("body", "headers", "query_params"):
                if fields.get(name):
                    errors.add((*path, name), "does not go with webhook_service slack")
