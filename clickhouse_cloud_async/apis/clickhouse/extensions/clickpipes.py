"""ClickPipes, including changes that need a pause."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.models.clickpipes import (
    ClickPipePatchRequest,
    ClickPipePatchSource,
    ClickPipeState,
)
from clickhouse_cloud_async.apis.clickhouse.operations import clickpipes
from clickhouse_cloud_async.core.codec import encode
from clickhouse_cloud_async.core.codec.protection import protect_in
from clickhouse_cloud_async.core.deadline import Deadline
from clickhouse_cloud_async.core.errors import (
    BadRequestError,
    CloudError,
    PartialFailureError,
)
from clickhouse_cloud_async.core.telemetry import logger
from clickhouse_cloud_async.core.values import UNSET, veil

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from clickhouse_cloud_async.apis.clickhouse.models.clickpipes import (
        ClickPipe,
        ClickPipeFieldMapping,
        ClickPipePatchDestination,
        ClickPipeSettings,
    )
    from clickhouse_cloud_async.apis.clickhouse.models.dicts import (
        ClickPipeFieldMappingDict,
        ClickPipePatchDestinationDict,
        ClickPipePatchSourceDict,
        ClickPipeSettingsDict,
    )
    from clickhouse_cloud_async.core.values import Unset

RESUME_TIME = 30.0
"""Seconds for each request that resumes a pipe, even after the call's timeout, and for which reads
may still show the pause."""

_PAUSED = frozenset((ClickPipeState.PAUSED, ClickPipeState.PAUSING))


class AsyncClickPipes(clickpipes.AsyncClickPipes):
    """Continuous and one-time loads into a service, which has to be running."""

    async def edit(
        self,
        service_id: str | UUID,
        click_pipe_id: str | UUID,
        *,
        name: str | Unset | None = UNSET,
        source: ClickPipePatchSource | ClickPipePatchSourceDict | Unset | None = UNSET,
        destination: ClickPipePatchDestination
        | ClickPipePatchDestinationDict
        | Unset
        | None = UNSET,
        field_mappings: Sequence[ClickPipeFieldMapping | ClickPipeFieldMappingDict] | Unset = UNSET,
        settings: ClickPipeSettings | ClickPipeSettingsDict | Unset | None = UNSET,
        organization_id: str | UUID | None = None,
        extra: Mapping[str, object] | None = None,
        timeout: float | None = 1800.0,
    ) -> ClickPipe:
        """Change a running database ClickPipe: pause, change and resume it.

        The API refuses to add and remove tables unless such a pipe is `Paused`. This call pauses
        it, waits, changes it, and starts it if it does not resume automatically. A pipe that was
        paused before is paused again. If the change fails, the pipe is started again, and the call
        fails with the error of the change. Any other pipe is changed as by `update`.

        Not retried when its outcome is unknown: adding or removing a table twice is refused.

        Needs the permission ``control-plane:service:manage-clickpipes``.

        Args:
            service_id: ID of the service.
            click_pipe_id: ID of the ClickPipe.
            name: Name of the ClickPipe.
            source: Where the data comes from, with the tables to add and remove.
            destination: Destination of the data.
            field_mappings: Mappings from source fields to destination columns.
            settings: Ingestion settings of the pipe.
            organization_id: The organisation; the client's by default.
            extra: Fields to send that this version does not know, with the API's names.
            timeout: Seconds for the whole call, including waits; None for no limit. Starting the
                pipe again after a failure may take 30 seconds more.

        Returns:
            The pipe after it has resumed, or is paused again.

        Raises:
            InvalidArgumentError: An argument cannot be sent; nothing was sent.
            BadRequestError: The API refuses an argument.
            AuthenticationError: The credentials are wrong, disabled or expired.
            PermissionDeniedError: The key lacks a permission, or the feature is not enabled.
            NotFoundError: The object does not exist, or the key has no access to it.
            FailedDependencyError: The service does not run.
            WaitError: The pipe did not pause, or did not resume.
            OutcomeUnknownError: The request may or may not have been carried out.
            PartialFailureError: The previous state of the pipe could not be restored; the cause
                says why.
            CloudError: Any other failure; see the subclass.

        Source: ``GET
        /v1/organizations/{organizationId}/services/{serviceId}/clickpipes/{clickPipeId}``
        (clickPipeGet); ``PATCH`` of the same path (clickPipeUpdate) and of its ``/state``
        (clickPipeStateUpdate).

        Example:
            ::

                table = {"source_schema_name": "public", "source_table": "a", "target_table": "a"}
                await cloud.clickpipes.edit(
                    service.id, pipe.id, source={"postgres": {"table_mappings_to_add": [table]}}
                )
        """
        source = protect_in(source, ClickPipePatchSource)
        extra = veil(extra)
        deadline = Deadline(timeout)
        request = ClickPipePatchRequest(
            name=name,
            source=source,
            destination=destination,
            field_mappings=field_mappings,
            settings=settings,
            extra=extra,
        )
        encode(ClickPipePatchRequest, request)
        before = await self.get(
            service_id, click_pipe_id, organization_id=organization_id, timeout=deadline.left()
        )
        pauses = _is_of_a_database(before)
        try:
            if pauses:
                await self._pause(before, service_id, organization_id, deadline)
            changed = await self.update(
                service_id,
                click_pipe_id,
                name=name,
                source=source,
                destination=destination,
                field_mappings=field_mappings,
                settings=settings,
                organization_id=organization_id,
                extra=extra,
                timeout=deadline.left(),
            )
            if pauses:
                changed = await self._resume(before, service_id, organization_id, deadline)
        except BaseException as error:
            if pauses:
                await self._put_back(before, service_id, organization_id, error)
            raise
        return changed

    async def _pause(
        self,
        pipe: ClickPipe,
        service_id: str | UUID,
        organization_id: str | UUID | None,
        deadline: Deadline,
    ) -> ClickPipe:
        if pipe.state not in _PAUSED:
            logger.info("ClickPipe %s is paused for a change", pipe.id)
        await self.stop(
            service_id, pipe.id, organization_id=organization_id, timeout=deadline.left()
        )
        return await self.wait_until(
            service_id,
            pipe.id,
            ClickPipeState.PAUSED,
            organization_id=organization_id,
            timeout=deadline.left(),
        )

    async def _resume(
        self,
        before: ClickPipe,
        service_id: str | UUID,
        organization_id: str | UUID | None,
        deadline: Deadline,
    ) -> ClickPipe:
        """Resume a pipe after its change, or pause it again."""
        if before.state in _PAUSED:
            return await self._pause(before, service_id, organization_id, deadline)
        await self._start(before, service_id, organization_id, deadline)
        return await self.wait_until(
            service_id,
            before.id,
            lambda pipe: pipe.state not in _PAUSED,
            organization_id=organization_id,
            timeout=deadline.left(),
        )

    async def _start(
        self,
        pipe: ClickPipe,
        service_id: str | UUID,
        organization_id: str | UUID | None,
        deadline: Deadline,
    ) -> None:
        try:
            await self.start(
                service_id,
                pipe.id,
                organization_id=organization_id,
                timeout=deadline.left(RESUME_TIME),
            )
        except BadRequestError:
            # After a change of its tables the API resumes a pipe by itself, perhaps just now. Reads
            # may lag behind that.
            if not await self._shows_resumed(pipe, service_id, organization_id, deadline):
                raise

    async def _shows_resumed(
        self,
        pipe: ClickPipe,
        service_id: str | UUID,
        organization_id: str | UUID | None,
        deadline: Deadline,
    ) -> bool:
        """Read a pipe for a limited time; return whether it shows no pause any more."""
        polling = self._caller.pollers.polling
        end = time.monotonic() + RESUME_TIME / polling.speed
        while True:
            present = await self.get(
                service_id,
                pipe.id,
                organization_id=organization_id,
                timeout=deadline.left(RESUME_TIME),
            )
            if present.state not in _PAUSED:
                return True
            if time.monotonic() > end:
                return False
            await asyncio.sleep(polling.pause)

    async def _put_back(
        self,
        before: ClickPipe,
        service_id: str | UUID,
        organization_id: str | UUID | None,
        cause: BaseException,
    ) -> None:
        """Start a pipe again that did not change.

        Raises:
            PartialFailureError: It could not be started.
        """
        if before.state in _PAUSED:
            return
        try:
            await self._start(before, service_id, organization_id, Deadline(RESUME_TIME))
        except CloudError as error:
            what = f"ClickPipe {before.name!r} ({before.id})"
            logger.warning("%s may be left paused: %s", what, error.message)
            if isinstance(cause, CloudError):
                raise PartialFailureError(
                    f"the change of {what} failed: {cause.message}; it may be left paused, because"
                    f" it could not be started again: {error.message}; start it with"
                    " clickpipes.start",
                    operation=cause.operation,
                    method=cause.method,
                    path=cause.path,
                    status=cause.status,
                    request_id=cause.request_id,
                    attempts=cause.attempts,
                    result=before,
                ) from cause


def _is_of_a_database(pipe: ClickPipe) -> bool:
    source = pipe.source
    return source is not None and any((source.postgres, source.mysql, source.mongodb))
