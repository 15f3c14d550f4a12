"""Methods of canary releases that combine operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from clickhouse_cloud_async.apis.api7.models.canary_releases import CanaryReleaseState
from clickhouse_cloud_async.apis.api7.operations import canary_releases
from clickhouse_cloud_async.core.errors import ConflictError
from clickhouse_cloud_async.core.values import UNSET, Unset

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.api7.models.canary_releases import CanaryRelease

T = TypeVar("T")


class AsyncCanaryReleases(canary_releases.AsyncCanaryReleases):
    """Canary releases, which send part of the traffic to another version of an upstream."""

    async def start(
        self, app_id: str, canary_release_id: str, *, timeout: float | Unset | None = UNSET
    ) -> CanaryRelease:
        """Start a canary release: fetch it, and replace it as `in_progress`.

        Only one release of an application can be in progress.

        Args:
            app_id: ID of the application.
            canary_release_id: ID of the canary release.
            timeout: Seconds for each of the two requests, None for no limit; the client's
                by default.

        Returns:
            The canary release afterwards.

        Raises:
            ConflictError: It is finished, which is final.
            BadRequestError: Another release of the application is in progress.
            NotFoundError: The object does not exist, or the token has no access to it.
            OutcomeUnknownError: The request may or may not have been carried out.
            CloudError: Any other failure; see the subclass.

        Source: ``PUT /api/v1/apps/{app_id}/canary_releases/{canary_release_id}``
        (updateCanaryRelease).
        """
        state = CanaryReleaseState.IN_PROGRESS
        return await self._change_state(app_id, canary_release_id, state, timeout)

    async def pause(
        self, app_id: str, canary_release_id: str, *, timeout: float | Unset | None = UNSET
    ) -> CanaryRelease:
        """Send all traffic to the default version again: fetch a release, replace it as `paused`.

        Args:
            app_id: ID of the application.
            canary_release_id: ID of the canary release.
            timeout: Seconds for each of the two requests, None for no limit; the client's
                by default.

        Returns:
            The canary release afterwards.

        Raises:
            ConflictError: It is finished, which is final.
            NotFoundError: The object does not exist, or the token has no access to it.
            OutcomeUnknownError: The request may or may not have been carried out.
            CloudError: Any other failure; see the subclass.

        Source: ``PUT /api/v1/apps/{app_id}/canary_releases/{canary_release_id}``
        (updateCanaryRelease).
        """
        state = CanaryReleaseState.PAUSED
        return await self._change_state(app_id, canary_release_id, state, timeout)

    async def finish(
        self, app_id: str, canary_release_id: str, *, timeout: float | Unset | None = UNSET
    ) -> CanaryRelease:
        """Make a release's upstream version the application's default one. This is final.

        Args:
            app_id: ID of the application.
            canary_release_id: ID of the canary release.
            timeout: Seconds for each of the two requests, None for no limit; the client's
                by default.

        Returns:
            The canary release afterwards; unchanged if it was already finished.

        Raises:
            NotFoundError: The object does not exist, or the token has no access to it.
            OutcomeUnknownError: It may or may not have been carried out: call it again, which sends
                nothing if the release is finished.
            CloudError: Any other failure; see the subclass.

        Source: ``PUT /api/v1/apps/{app_id}/canary_releases/{canary_release_id}``
        (updateCanaryRelease).
        """
        state = CanaryReleaseState.FINISHED
        return await self._change_state(app_id, canary_release_id, state, timeout)

    async def _change_state(
        self,
        app_id: str,
        canary_release_id: str,
        state: CanaryReleaseState,
        timeout: float | Unset | None,
    ) -> CanaryRelease:
        """Send a whole release with another state: there is no request for a part of it."""
        release = await self.get(app_id, canary_release_id, timeout=timeout)
        if release.state == state:
            return release
        if release.state == CanaryReleaseState.FINISHED:
            raise ConflictError(
                f"the canary release {canary_release_id} is finished, which is final",
                operation="updateCanaryRelease",
            )
        return await self.replace(
            app_id,
            canary_release_id,
            name=_given(release.name),
            state=state,
            type=_given(release.type),
            canary_upstream_version=_given(release.canary_upstream_version),
            percent=_given(release.percent),
            rules=_given(release.rules),
            timeout=timeout,
        )


def _given(value: T | None) -> T | Unset:
    """Return a value for a request that a response may have omitted."""
    return UNSET if value is None else value
