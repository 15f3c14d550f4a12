"""Settings of Postgres services as a kind of desired state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from clickhouse_cloud_async.apis.clickhouse.models.postgres import (
    PostgresConfig,
    PostgresInstanceConfig,
)
from clickhouse_cloud_async.desired.comparison import as_stated
from clickhouse_cloud_async.desired.field import Field
from clickhouse_cloud_async.desired.kind import Kind
from clickhouse_cloud_async.desired.resource import Parent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clickhouse_cloud_async.core.model import Model
    from clickhouse_cloud_async.desired.resource import Change, Location
    from clickhouse_cloud_async.desired.validation import ErrorCollector, FieldPath

_RESTART = "some settings take effect only after a restart"


def _texts(settings: Mapping[str, Any]) -> dict[str, str | None]:
    """Return settings as text: the API shows the same value as a number or as text."""
    return {name: None if value is None else str(value) for name, value in settings.items()}


class PostgresConfigurations(Kind[PostgresInstanceConfig]):
    """The settings of Postgres and PgBouncer; omitted settings keep their values."""

    name: ClassVar[str] = "postgres_configurations"
    noun: ClassVar[str] = "Postgres configuration"
    parent: ClassVar[Parent | None] = Parent("postgres", "postgres")
    key: ClassVar[tuple[str, ...]] = ()
    is_permanent: ClassVar[bool] = True
    models: ClassVar[tuple[type[Model], ...]] = (PostgresInstanceConfig,)
    fields: ClassVar[tuple[Field, ...]] = (
        Field("pg_config", compare=as_stated, normalise=_texts, warning=_RESTART),
        Field("pg_bouncer_config", compare=as_stated, normalise=_texts),
    )

    async def list_items(self, location: Location) -> Sequence[PostgresInstanceConfig]:
        """Return the settings of a Postgres service."""
        found: PostgresInstanceConfig = await location.client.postgres.get_config(
            location.parent_id, organization_id=location.scope.id
        )
        return [found]

    async def change(self, change: Change[PostgresInstanceConfig]) -> None:
        """Change the described settings, and keep all others."""
        wanted = change.fields
        await change.client.postgres.update_config(
            change.resource.parent_id,
            pg_config=PostgresConfig(**wanted.get("pg_config", {})),
            pg_bouncer_config=wanted.get("pg_bouncer_config", {}),
            organization_id=change.scope.id,
        )

    def check(self, fields: Mapping[str, Any], path: FieldPath, errors: ErrorCollector) -> None:
        """Check that no setting is null: no request can reset a single one."""
        for section in ("pg_config", "pg_bouncer_config"):
            for name, value in (fields.get(section) or {}).items():
                if value is None:
                    errors.add((*path, section, name), "a setting cannot be unset: name its value")
