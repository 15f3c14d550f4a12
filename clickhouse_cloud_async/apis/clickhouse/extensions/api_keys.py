"""API keys, which require an IP access list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from clickhouse_cloud_async.apis.clickhouse.models.common import IpAccessListEntry
from clickhouse_cloud_async.apis.clickhouse.operations import api_keys
from clickhouse_cloud_async.core.errors import InvalidArgumentError
from clickhouse_cloud_async.core.values import UNSET, Unset, veil

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from clickhouse_cloud_async.apis.clickhouse.models.access import (
        ApiKeyHashData,
        ApiKeyPostResponse,
        ApiKeyRole,
        ApiKeyRoleText,
        ApiKeyState,
        ApiKeyStateText,
    )
    from clickhouse_cloud_async.apis.clickhouse.models.dicts import (
        ApiKeyHashDataDict,
        IpAccessListEntryDict,
    )
    from clickhouse_cloud_async.core.values import OpenText

ANYWHERE = "0.0.0.0/0"
"""The range of all addresses."""


class AsyncAPIKeys(api_keys.AsyncAPIKeys):
    """API keys of the organisation."""

    async def create(
        self,
        *,
        name: str,
        expire_at: datetime | str | Unset | None = UNSET,
        state: ApiKeyState | ApiKeyStateText | OpenText | Unset = UNSET,
        hash_data: ApiKeyHashData | ApiKeyHashDataDict | Unset = UNSET,
        roles: Sequence[ApiKeyRole | ApiKeyRoleText | OpenText] | Unset = UNSET,
        assigned_role_ids: Sequence[str | UUID] | Unset = UNSET,
        ip_access_list: Sequence[IpAccessListEntry | IpAccessListEntryDict]
        | Literal["anywhere"]
        | Unset = UNSET,
        organization_id: str | UUID | None = None,
        extra: Mapping[str, object] | None = None,
        timeout: float | Unset | None = UNSET,
    ) -> ApiKeyPostResponse:
        """Create an API key.

        The API shows the ID and secret in this response only, unless `hash_data` contains the
        hashes of a key that the caller has generated.

        A key without an IP access list cannot be used from any address. The list is therefore
        required: addresses, `"anywhere"`, or an empty list for a key that cannot be used yet.

        Not retried when its outcome is unknown: each request creates another key.

        Needs the permission ``control-plane:organization:create-api-keys``.

        Args:
            name: Name of the API key.
            expire_at: Time of expiry; null or absent for a key that does not expire.
            state: Whether the key may be used.
            hash_data: Hashes of a key that the caller has generated; without them the API generates
                the key.
            roles: Roles of the key in the legacy role model. Deprecated by the API.
            assigned_role_ids: IDs of the roles to assign.
            ip_access_list: IP addresses from which the key may be used, or `"anywhere"`.
            organization_id: The organisation; the client's by default.
            extra: Fields to send that this version does not know, with the API's names.
            timeout: Seconds for the whole call, None for no limit; the client's by default.

        Returns:
            A new API key with its ID and secret, which are shown only once.

        Raises:
            InvalidArgumentError: There is no IP access list, or an argument cannot be sent; nothing
                was sent.
            BadRequestError: The API refuses an argument.
            AuthenticationError: The credentials are wrong, disabled or expired.
            PermissionDeniedError: The key lacks a permission, or the feature is not enabled.
            OutcomeUnknownError: The request may or may not have been carried out.
            CloudError: Any other failure; see the subclass.

        Source: ``POST /v1/organizations/{organizationId}/keys`` (openapiKeyCreate).

        Example:
            ::

                await cloud.api_keys.create(name="ci", ip_access_list=[{"source": "192.0.2.0/24"}])
        """
        extra = veil(extra)
        if isinstance(ip_access_list, Unset):
            raise InvalidArgumentError(
                "ip_access_list: a key without a list can be used from nowhere; pass the addresses"
                ' that may use it, "anywhere" for all, or [] for none',
                operation="openapiKeyCreate",
            )
        if ip_access_list == "anywhere":
            ip_access_list = [IpAccessListEntry(source=ANYWHERE)]
        return await super().create(
            name=name,
            expire_at=expire_at,
            state=state,
            hash_data=hash_data,
            roles=roles,
            assigned_role_ids=assigned_role_ids,
            ip_access_list=ip_access_list,
            organization_id=organization_id,
            extra=extra,
            timeout=timeout,
        )
