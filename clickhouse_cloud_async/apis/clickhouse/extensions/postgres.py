"""Managed Postgres: IP access rules of new services, and tags of changed ones."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeAlias

from clickhouse_cloud_async.apis.clickhouse.models.postgres import (
    PostgresIpAccessListEntryRequest,
    PostgresIpAccessListPatch,
    PostgresIpAccessListRemoval,
    PostgresServicePatchRequest,
    PostgresServiceRestoreRequest,
)
from clickhouse_cloud_async.apis.clickhouse.operations import postgres
from clickhouse_cloud_async.core.codec import encode
from clickhouse_cloud_async.core.deadline import Deadline
from clickhouse_cloud_async.core.errors import (
    BadRequestError,
    CloudError,
    InvalidArgumentError,
    OutcomeUnknownError,
    PartialFailureError,
)
from clickhouse_cloud_async.core.telemetry import logger
from clickhouse_cloud_async.core.values import UNSET, Unset, veil

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from clickhouse_cloud_async.apis.clickhouse.models.common import ResourceTag
    from clickhouse_cloud_async.apis.clickhouse.models.dicts import (
        PostgresConfigDict,
        PostgresIpAccessListEntryRequestDict,
        PostgresIpAccessListPatchDict,
        ResourceTagDict,
    )
    from clickhouse_cloud_async.apis.clickhouse.models.postgres import (
        PostgresConfig,
        PostgresHaType,
        PostgresHaTypeText,
        PostgresIpAccessListEntry,
        PostgresProvider,
        PostgresProviderText,
        PostgresService,
        PostgresSize,
        PostgresSizeText,
        PostgresVersion,
        PostgresVersionText,
    )
    from clickhouse_cloud_async.core.model import RequestModel
    from clickhouse_cloud_async.core.values import OpenText

NewRules: TypeAlias = (
    "Sequence[PostgresIpAccessListEntryRequest | PostgresIpAccessListEntryRequestDict]"
)

_NO_BACKUP = re.compile("no backups|not ready for read replicas")
"""The API's message if a replica is requested before the first backup."""

FIRST_BACKUP_TIME = 2400.0
"""Default time limit in seconds for the wait for the first backup."""

BACKUP_PAUSE = 20.0
"""Seconds between two requests until the first backup exists."""

CLOSING_TIME = 15.0
"""Seconds for the request that closes a restored service, even after the call's timeout."""


class AsyncPostgres(postgres.AsyncPostgres):
    """Managed Postgres services."""

    async def create(
        self,
        *,
        name: str,
        provider: PostgresProvider | PostgresProviderText | OpenText,
        region: str,
        size: PostgresSize | PostgresSizeText | OpenText,
        postgres_version: PostgresVersion | PostgresVersionText | OpenText | Unset = UNSET,
        ha_type: PostgresHaType | PostgresHaTypeText | OpenText | Unset = UNSET,
        tags: Sequence[ResourceTag | ResourceTagDict] | Unset = UNSET,
        pg_config: PostgresConfig | PostgresConfigDict | Unset = UNSET,
        pg_bouncer_config: Mapping[str, str] | Unset = UNSET,
        ip_access_list: Sequence[
            PostgresIpAccessListEntryRequest | PostgresIpAccessListEntryRequestDict
        ]
        | Literal["anywhere"]
        | Unset = UNSET,
        organization_id: str | UUID | None = None,
        extra: Mapping[str, object] | None = None,
        timeout: float | Unset | None = UNSET,
    ) -> PostgresService:
        """Create a Postgres service.

        The response contains the password; the service continues to start in the background.

        Without an IP access list, the API allows every address to connect. The list is therefore
        required: rules, `"anywhere"`, or an empty list for no address.

        Not retried when its outcome is unknown: each request creates another service.

        Needs the permission ``control-plane:organization:create-service``.

        Beta: the API may still change this call.

        Args:
            name: Name of the Postgres service. 1 to 50 characters.
            provider: Cloud provider.
            region: Cloud region.
            size: Instance type that the service runs on.
            postgres_version: Major version of Postgres.
            ha_type: Number of standbys: none, one (async) or two (sync).
            tags: Tags of this object. At most 50 items.
            pg_config: Postgres settings. At least 1 item.
            pg_bouncer_config: PgBouncer settings by name. 1 to 64 items.
            ip_access_list: Rules for addresses that can connect, or `"anywhere"`.
            organization_id: The organisation; the client's by default.
            extra: Fields to send that this version does not know, with the API's names.
            timeout: Seconds for the whole call, None for no limit; the client's by default.

        Returns:
            A Postgres service: its region, size, state and connection.

        Raises:
            InvalidArgumentError: There is no IP access list, or an argument cannot be sent; nothing
                was sent.
            BadRequestError: The API refuses an argument.
            AuthenticationError: The credentials are wrong, disabled or expired.
            PermissionDeniedError: The key lacks a permission, or the feature is not enabled.
            OutcomeUnknownError: The request may or may not have been carried out.
            CloudError: Any other failure; see the subclass.

        Source: ``POST /v1/organizations/{organizationId}/postgres`` (postgresServiceCreate).
        """
        extra = veil(extra)
        if isinstance(ip_access_list, Unset):
            raise InvalidArgumentError(
                "ip_access_list: every address can connect to a service without a list; pass the"
                ' rules, "anywhere" for all addresses, or [] for none',
                operation="postgresServiceCreate",
            )
        return await super().create(
            name=name,
            provider=provider,
            region=region,
            size=size,
            postgres_version=postgres_version,
            ha_type=ha_type,
            tags=tags,
            pg_config=pg_config,
            pg_bouncer_config=pg_bouncer_config,
            ip_access_list=UNSET if ip_access_list == "anywhere" else ip_access_list,
            organization_id=organization_id,
            extra=extra,
            timeout=timeout,
        )

    async def update(
        self,
        postgres_id: str | UUID,
        *,
        name: str | Unset = UNSET,
        size: PostgresSize | PostgresSizeText | OpenText | Unset = UNSET,
        ha_type: PostgresHaType | PostgresHaTypeText | OpenText | Unset = UNSET,
        tags: Sequence[ResourceTag | ResourceTagDict] | Unset = UNSET,
        ip_access_list: PostgresIpAccessListPatch | PostgresIpAccessListPatchDict | Unset = UNSET,
        organization_id: str | UUID | None = None,
        extra: Mapping[str, object] | None = None,
        timeout: float | Unset | None = UNSET,
    ) -> PostgresService:
        """Change a Postgres service.

        The API clears all tags in a request without tags. Without `tags`, this call therefore reads
        the service first and sends its tags, and logs that; changes of tags between the two
        requests are lost. Other omitted fields keep their values. A new name changes the host name
        and certificates.

        Not retried when its outcome is unknown: IP access rules may be added twice.

        Needs the permissions ``control-plane:postgres-service:manage`` and
        ``control-plane:postgres-service:view``.

        Beta: the API may still change this call.

        Args:
            postgres_id: ID of the Postgres service.
            name: Name of the Postgres service. 1 to 50 characters.
            size: Instance type that the service runs on.
            ha_type: Number of standbys: none, one (async) or two (sync).
            tags: All tags of the Postgres service; by default the current ones. At most 50 items.
            ip_access_list: IP access rules to remove and add.
            organization_id: The organisation; the client's by default.
            extra: Fields to send that this version does not know, with the API's names.
            timeout: Seconds for the whole call, None for no limit; the client's by default.

        Returns:
            A Postgres service: its region, size, state and connection.

        Raises:
            InvalidArgumentError: An argument cannot be sent; nothing was sent.
            BadRequestError: The API refuses an argument.
            AuthenticationError: The credentials are wrong, disabled or expired.
            PermissionDeniedError: The key lacks a permission, or the feature is not enabled.
            NotFoundError: The object does not exist, or the key has no access to it.
            OutcomeUnknownError: The request may or may not have been carried out.
            CloudError: Any other failure; see the subclass.

        Source: ``PATCH /v1/organizations/{organizationId}/postgres/{postgresId}``
        (postgresServicePatch).
        """
        extra = veil(extra)
        deadline = self._caller.deadline(timeout)
        if isinstance(tags, Unset):
            changes = PostgresServicePatchRequest(
                name=name, size=size, ha_type=ha_type, ip_access_list=ip_access_list, extra=extra
            )
            _check_body(changes, "postgresServicePatch")
            present = await self.get(
                postgres_id, organization_id=organization_id, timeout=deadline.left()
            )
            tags = present.tags or []
            logger.info(
                "update of Postgres service %s sends its %d tags, which the API would clear",
                postgres_id,
                len(tags),
            )
        return await super().update(
            postgres_id,
            name=name,
            size=size,
            ha_type=ha_type,
            tags=tags,
            ip_access_list=ip_access_list,
            organization_id=organization_id,
            extra=extra,
            timeout=deadline.left(),
        )

    async def restore(
        self,
        postgres_id: str | UUID,
        *,
        name: str,
        restore_target: datetime | str,
        pg_config: PostgresConfig | PostgresConfigDict | Unset = UNSET,
        pg_bouncer_config: Mapping[str, str] | Unset = UNSET,
        tags: Sequence[ResourceTag | ResourceTagDict] | Unset = UNSET,
        ip_access_list: Sequence[
            PostgresIpAccessListEntryRequest | PostgresIpAccessListEntryRequestDict
        ]
        | Literal["anywhere"]
        | Unset = UNSET,
        organization_id: str | UUID | None = None,
        extra: Mapping[str, object] | None = None,
        timeout: float | Unset | None = UNSET,
    ) -> PostgresService:
        """Create a Postgres service from the backups of another one, as of a point in time.

        The API allows every address to connect to the new service, whatever the source allows. This
        call therefore reads the source's IP access rules first, and sets them, or those given, as
        soon as the new service exists; between the two requests the service is open. If the rules
        cannot be set, the error contains the service.

        Not retried when its outcome is unknown: each request creates another service. In this case
        search for it, and restrict access with `update`.

        Needs the permissions ``control-plane:organization:create-service``,
        ``control-plane:postgres-service:manage`` and ``control-plane:postgres-service:view``.

        Beta: the API may still change this call.

        Args:
            postgres_id: ID of the Postgres service.
            name: Name of the new Postgres service. 1 to 50 characters.
            restore_target: Point in time to restore.
            pg_config: Postgres settings. At least 1 item.
            pg_bouncer_config: PgBouncer settings by name. 1 to 64 items.
            tags: Tags of this object. At most 50 items.
            ip_access_list: Rules for addresses that can connect to the new service; the source's by
                default, `"anywhere"` to leave it open.
            organization_id: The organisation; the client's by default.
            extra: Fields to send that this version does not know, with the API's names.
            timeout: Seconds for the whole call, None for no limit; the client's by default. Closing
                the new service may take 15 seconds more.

        Returns:
            A Postgres service: its region, size, state and connection.

        Raises:
            InvalidArgumentError: An argument cannot be sent; nothing was sent.
            BadRequestError: The API refuses an argument.
            AuthenticationError: The credentials are wrong, disabled or expired.
            PermissionDeniedError: The key lacks a permission, or the feature is not enabled.
            NotFoundError: The object does not exist, or the key has no access to it.
            OutcomeUnknownError: The request may or may not have been carried out.
            PartialFailureError: The new service exists, and may be open to every address.
            CloudError: Any other failure; see the subclass.

        Source: ``POST /v1/organizations/{organizationId}/postgres/{postgresId}/restoredService``
        (postgresInstanceRestore).
        """
        extra = veil(extra)
        deadline = self._caller.deadline(timeout)
        rules: NewRules | None = None
        if isinstance(ip_access_list, Unset):
            request = PostgresServiceRestoreRequest(
                name=name,
                restore_target=restore_target,
                pg_config=pg_config,
                pg_bouncer_config=pg_bouncer_config,
                tags=tags,
                extra=extra,
            )
            _check_body(request, "postgresInstanceRestore")
            source = await self.get(
                postgres_id, organization_id=organization_id, timeout=deadline.left()
            )
            rules = _copied(source)
        elif ip_access_list != "anywhere":
            # Checked first, because it is too late once the service exists.
            closing = PostgresIpAccessListPatch(add=ip_access_list)
            _check_body(
                PostgresServicePatchRequest(ip_access_list=closing), "postgresInstanceRestore"
            )
            rules = ip_access_list
        try:
            restored = await super().restore(
                postgres_id,
                name=name,
                restore_target=restore_target,
                pg_config=pg_config,
                pg_bouncer_config=pg_bouncer_config,
                tags=tags,
                organization_id=organization_id,
                extra=extra,
                timeout=deadline.left(),
            )
        except OutcomeUnknownError as error:
            error.hint = (
                f"if the service {name!r} was created, every address can connect to it: look for it"
                " with postgres.list and close it with postgres.update"
            )
            raise
        if rules is None:
            return restored
        return await self._close(restored, rules, organization_id, deadline)

    async def create_read_replica(
        self,
        postgres_id: str | UUID,
        *,
        name: str,
        pg_config: PostgresConfig | PostgresConfigDict | Unset = UNSET,
        pg_bouncer_config: Mapping[str, str] | Unset = UNSET,
        tags: Sequence[ResourceTag | ResourceTagDict] | Unset = UNSET,
        wait_for_backup: bool = False,
        organization_id: str | UUID | None = None,
        extra: Mapping[str, object] | None = None,
        timeout: float | Unset | None = UNSET,
    ) -> PostgresService:
        """Create a read replica of a Postgres service.

        The API refuses it until the service has its first backup, up to half an hour after its
        creation. With `wait_for_backup` the request is retried every 20 seconds until then, which
        is logged. The IP access rules of the replica are not certain: check them.

        Not retried when its outcome is unknown: each request creates another replica.

        Needs the permissions ``control-plane:organization:create-service`` and
        ``control-plane:postgres-service:manage``.

        Beta: the API may still change this call.

        Args:
            postgres_id: ID of the Postgres service.
            name: Name of the new Postgres service. 1 to 50 characters.
            pg_config: Postgres settings. At least 1 item.
            pg_bouncer_config: PgBouncer settings by name. 1 to 64 items.
            tags: Tags of this object. At most 50 items.
            wait_for_backup: Whether to wait for the first backup of the service, for at most 40
                minutes.
            organization_id: The organisation; the client's by default.
            extra: Fields to send that this version does not know, with the API's names.
            timeout: Seconds for the whole call, None for no limit; the client's by default. By
                default it does not include the wait for the backup.

        Returns:
            A Postgres service: its region, size, state and connection.

        Raises:
            InvalidArgumentError: An argument cannot be sent; nothing was sent.
            BadRequestError: The API refuses an argument, or the service has no backup yet; the hint
                says so.
            AuthenticationError: The credentials are wrong, disabled or expired.
            PermissionDeniedError: The key lacks a permission, or the feature is not enabled.
            NotFoundError: The object does not exist, or the key has no access to it.
            OutcomeUnknownError: The request may or may not have been carried out.
            CloudError: Any other failure; see the subclass.

        Source: ``POST /v1/organizations/{organizationId}/postgres/{postgresId}/readReplica``
        (postgresInstanceCreateReadReplica).
        """
        extra = veil(extra)
        deadline, speed = self._caller.deadline(timeout), self._caller.pollers.polling.speed
        window = Deadline(FIRST_BACKUP_TIME / speed) if isinstance(timeout, Unset) else deadline
        create = partial(
            super().create_read_replica,
            postgres_id,
            name=name,
            pg_config=pg_config,
            pg_bouncer_config=pg_bouncer_config,
            tags=tags,
            organization_id=organization_id,
            extra=extra,
        )
        while True:
            try:
                return await create(
                    timeout=timeout if isinstance(timeout, Unset) else deadline.left()
                )
            except BadRequestError as error:
                is_early = _NO_BACKUP.search(error.message)
                if is_early and not wait_for_backup:
                    error.hint = (
                        "the first backup comes up to half an hour after a service was created:"
                        " pass wait_for_backup=True, or try again once postgres.list_backups shows"
                        " one"
                    )
                if not (is_early and wait_for_backup and window.has_time_for(BACKUP_PAUSE / speed)):
                    raise
            logger.info("a read replica waits for the first backup of %s", postgres_id)
            await self._caller.pause(BACKUP_PAUSE / speed)

    async def _close(
        self,
        restored: PostgresService,
        rules: NewRules,
        organization_id: str | UUID | None,
        deadline: Deadline,
    ) -> PostgresService:
        """Replace the rules of a restored service."""
        what = f"Postgres service {restored.name!r} ({restored.id})"
        try:
            found = (
                restored.ip_access_list
                or (
                    await self.get(
                        restored.id,
                        organization_id=organization_id,
                        timeout=deadline.left(CLOSING_TIME),
                    )
                ).ip_access_list
            )
            changed = await super().update(
                restored.id,
                tags=restored.tags or [],
                ip_access_list=PostgresIpAccessListPatch(
                    remove=[PostgresIpAccessListRemoval(id=rule.id) for rule in found or ()],
                    add=rules,
                ),
                organization_id=organization_id,
                timeout=deadline.left(CLOSING_TIME),
            )
            _check_replaced(found or (), changed.ip_access_list, rules)
        except BaseException as error:
            logger.warning("%s was restored, and every address may connect to it", what)
            if not isinstance(error, CloudError):
                raise
            raise PartialFailureError(
                f"{what} was restored, but its IP access rules could not be set: {error.message};"
                " every address may connect to it until you set them with postgres.update, or"
                " delete it",
                operation=error.operation,
                method=error.method,
                path=error.path,
                status=error.status,
                request_id=error.request_id,
                attempts=error.attempts,
                result=restored,
            ) from error
        restored.ip_access_list = changed.ip_access_list
        return restored


def _copied(source: PostgresService) -> list[PostgresIpAccessListEntryRequest]:
    """Return the rules of a service as new ones.

    Raises:
        CloudError: The API does not show them.
    """
    rules = source.ip_access_list
    if rules is None or any(rule.source is None or rule.port_range is None for rule in rules):
        raise CloudError(
            f"Postgres service {source.name!r} ({source.id}) does not show its IP access rules, so"
            " that they cannot be copied; pass ip_access_list",
            operation="postgresServiceGet",
        )
    return [
        PostgresIpAccessListEntryRequest(
            source=rule.source,
            port_range=rule.port_range,
            description=rule.description or UNSET,
        )
        for rule in rules
        if rule.source is not None and rule.port_range is not None
    ]


def _check_body(body: RequestModel, operation: str) -> None:
    """Check a request's body before the request that precedes it is sent.

    Args:
        body: The body.
        operation: ID of the requested operation.

    Raises:
        InvalidArgumentError: It cannot be sent.
    """
    try:
        encode(type(body), body)
    except InvalidArgumentError as error:
        error.operation = operation
        raise


def _check_replaced(
    before: Sequence[PostgresIpAccessListEntry],
    after: Sequence[PostgresIpAccessListEntry] | None,
    rules: NewRules,
) -> None:
    """Check that no rule allows every address any more.

    Raises:
        CloudError: Some are left, or nothing shows that there are rules at all.
    """
    left = {rule.id for rule in before} & {rule.id for rule in after or ()}
    if left or not (before or after or rules):
        raise CloudError("the API accepted the change, and does not show it")
