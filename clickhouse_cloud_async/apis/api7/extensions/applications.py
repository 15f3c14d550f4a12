"""Methods of applications that combine operations."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.api7.extensions.fetching import carried_out
from clickhouse_cloud_async.apis.api7.extensions.naming import only_named
from clickhouse_cloud_async.apis.api7.models.common import Direction, OrderBy
from clickhouse_cloud_async.apis.api7.operations import apis, applications
from clickhouse_cloud_async.core.errors import CloudError, InvalidArgumentError
from clickhouse_cloud_async.core.values import UNSET, Unset, veil

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from clickhouse_cloud_async.apis.api7.models.applications import Application


class AsyncApplications(applications.AsyncApplications):
    """Applications: hosts, a path prefix, upstreams, and policies for all their APIs."""

    async def get_by_name(
        self,
        name: str,
        *,
        control_plane_id: str | UUID | None = None,
        timeout: float | Unset | None = UNSET,
    ) -> Application:
        """Find the only application with a name; names are not unique.

        Args:
            name: The exact name.
            control_plane_id: The control plane; the client's by default.
            timeout: Seconds for each page, None for no limit; the client's by default.

        Returns:
            The application.

        Raises:
            NotFoundError: No application has the name.
            CloudError: Several have it, or the list cannot be fetched.

        Source: ``GET /api/v1/controlplanes/{control_plane_id}/apps`` (listApplications).
        """
        found = await self.list(search=name, control_plane_id=control_plane_id, timeout=timeout)
        return only_named(found, name, "application", "listApplications")

    async def delete(
        self,
        app_id: str,
        *,
        force: bool = False,
        control_plane_id: str | UUID | None = None,
        timeout: float | Unset | None = UNSET,
    ) -> None:
        """Delete an application.

        The API refuses the deletion while the application has APIs.

        Args:
            app_id: ID of the application.
            force: Whether to delete all APIs of the application before it.
            control_plane_id: The control plane; the client's by default.
            timeout: Seconds for each request, None for no limit; the client's by default.

        Raises:
            InvalidArgumentError: An argument cannot be sent; nothing was sent.
            ConflictError: The application has APIs.
            NotFoundError: The object does not exist, or the token has no access to it.
            OutcomeUnknownError: With ``force``: the APIs may or may not have been deleted.
            CloudError: Any other failure; see the subclass.

        Source: ``DELETE /api/v1/controlplanes/{control_plane_id}/apps/{app_id}``
        (deleteApplication).
        """
        if force:
            await apis.AsyncAPIs(self._caller).delete_all(app_id, timeout=timeout)
        await super().delete(app_id, control_plane_id=control_plane_id, timeout=timeout)

    async def import_openapi(  # type: ignore[override]  # the API returns nothing, this the result
        self,
        *,
        openapi: str | Mapping[str, object],
        control_plane_id: str | UUID | None = None,
        extra: Mapping[str, object] | None = None,
        timeout: float | Unset | None = UNSET,
    ) -> Application:
        """Create an application and its APIs from an OpenAPI document.

        The API returns nothing, so the call then searches for the new application: the newest one
        with the document's title, or the newest of all if the document is not JSON. If others
        create applications at the same time, give each document a unique title. No public source
        confirms the method and path of this request.

        Not retried when its outcome is unknown: each request creates another application.

        Args:
            openapi: The OpenAPI document, as a mapping or as text.
            control_plane_id: The control plane; the client's by default.
            extra: Fields to send that this version does not know, with the API's names.
            timeout: Seconds for each request, None for no limit; the client's by default.

        Returns:
            The new application.

        Raises:
            InvalidArgumentError: The document cannot be written as JSON; nothing was sent.
            BadRequestError: The API refuses the document.
            OutcomeUnknownError: The request may or may not have been carried out.
            CloudError: The new application is not listed, or any other failure.

        Source: ``POST /api/v1/controlplanes/{control_plane_id}/apps/import`` (importApplication).
        """
        extra = veil(extra)
        text = _text(openapi)
        await super().import_openapi(
            openapi=text, control_plane_id=control_plane_id, extra=extra, timeout=timeout
        )
        with carried_out("the document was imported"):
            return await self._newest(_title(text), control_plane_id, timeout)

    async def _newest(
        self,
        name: str | None,
        control_plane_id: str | UUID | None,
        timeout: float | Unset | None,
    ) -> Application:
        """Fetch the application that was created last, of those with a name if there is one."""
        newest_first = self.iterate(
            order_by=OrderBy.CREATED_AT,
            direction=Direction.DESC,
            control_plane_id=control_plane_id,
            timeout=timeout,
        )
        async for application in newest_first:
            if name is None or application.name == name:
                return application
        raise CloudError("the new application is not listed", operation="importApplication")


def _text(document: str | Mapping[str, object]) -> str:
    if isinstance(document, str):
        return document
    try:
        return json.dumps(dict(document))
    except (TypeError, ValueError) as error:
        raise InvalidArgumentError(f"openapi: cannot be written as JSON: {error}") from None


def _title(text: str) -> str | None:
    """The title of an OpenAPI document; None if it is not JSON or has none."""
    try:
        title = json.loads(text)["info"]["title"]
    except (ValueError, KeyError, TypeError):
        return None
    return title if isinstance(title, str) else None
