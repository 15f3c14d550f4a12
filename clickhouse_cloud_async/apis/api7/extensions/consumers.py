"""Methods of consumers that combine operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.api7.extensions.fetching import carried_out
from clickhouse_cloud_async.apis.api7.extensions.naming import only_named
from clickhouse_cloud_async.apis.api7.operations import consumers
from clickhouse_cloud_async.core.errors import ResponseDecodeError
from clickhouse_cloud_async.core.values import (
    UNSET,
    Secret,
    SecretObject,
    Unset,
    protect_object,
    veil,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from clickhouse_cloud_async.apis.api7.models.consumers import Consumer


class AsyncConsumers(consumers.AsyncConsumers):
    """Consumers: the clients that call APIs, with their credentials and plugins."""

    async def get_by_name(
        self,
        name: str,
        *,
        control_plane_id: str | UUID | None = None,
        timeout: float | Unset | None = UNSET,
    ) -> Consumer:
        """Find the consumer with a name, which no other consumer of its control plane has.

        Args:
            name: The exact name.
            control_plane_id: The control plane; the client's by default.
            timeout: Seconds for each page, None for no limit; the client's by default.

        Returns:
            The consumer.

        Raises:
            NotFoundError: No consumer has the name.
            CloudError: The list could not be fetched.

        Source: ``GET /api/v1/controlplanes/{control_plane_id}/consumers`` (listConsumers).
        """
        found = await self.list(search=name, control_plane_id=control_plane_id, timeout=timeout)
        return only_named(found, name, "consumer", "listConsumers")

    async def replace(
        self,
        consumer_id: str,
        *,
        name: str,
        description: str | Unset = UNSET,
        credentials: SecretObject | Mapping[str, object] | Unset | None = UNSET,
        labels: Sequence[str] | Unset = UNSET,
        plugins: Mapping[str, object] | Unset = UNSET,
        control_plane_id: str | UUID | None = None,
        extra: Mapping[str, object] | None = None,
        timeout: float | Unset | None = UNSET,
    ) -> Consumer:
        """Replace a consumer.

        Its name has to stay the same; omitted fields return to their defaults. Sources disagree
        whether the response contains the consumer. If it does not, the call fetches it.

        Args:
            consumer_id: ID of the consumer. At least 1 character, matching ``^[1-9][0-9]*$``.
            name: Name of the consumer, unique in the control plane; it cannot be changed later. 1
                to 100 characters, matching ``^[a-zA-Z0-9_]+$``.
            description: Description of the object. At most 256 characters.
            credentials: Credentials, one object per kind of authentication (key, basic, JWT, HMAC);
                all values are secrets.
            labels: Labels of the object, by which lists can be filtered. At most 32 items.
            plugins: Plugins by name, each with its configuration; the values may contain secrets.
            control_plane_id: The control plane; the client's by default.
            extra: Fields to send that this version does not know, with the API's names.
            timeout: Seconds for each request, None for no limit; the client's by default.

        Returns:
            The consumer afterwards.

        Raises:
            InvalidArgumentError: An argument cannot be sent; nothing was sent.
            BadRequestError: The API refuses an argument.
            NotFoundError: The object does not exist, or the token has no access to it.
            CloudError: The consumer could not be fetched, or any other failure.

        Source: ``PUT /api/v1/controlplanes/{control_plane_id}/consumers/{consumer_id}``
        (updateConsumer).
        """
        credentials = protect_object(credentials)
        extra = veil(extra)
        replaced = await super().replace(
            consumer_id,
            name=name,
            description=description,
            credentials=credentials,
            labels=labels,
            plugins=plugins,
            control_plane_id=control_plane_id,
            extra=extra,
            timeout=timeout,
        )
        if replaced is not None:
            return replaced
        with carried_out("the consumer was replaced"):
            return await self.get(consumer_id, control_plane_id=control_plane_id, timeout=timeout)

    async def create_token(
        self,
        consumer_id: str,
        *,
        ttl: int | Unset = UNSET,
        custom_payload: Mapping[str, object] | Unset = UNSET,
        control_plane_id: str | UUID | None = None,
        extra: Mapping[str, object] | None = None,
        timeout: float | Unset | None = UNSET,
    ) -> Secret:
        """Issue a JSON Web Token for a consumer with JWT credentials.

        The API shows it only once and does not store it. No public source confirms the method and
        path of this request, nor whether the response is the token or an object that contains it.

        Args:
            consumer_id: ID of the consumer.
            ttl: Lifetime of the token, in seconds. At least 1. The API's default is ``86400``.
            custom_payload: Further claims of the token; they may contain secrets.
            control_plane_id: The control plane; the client's by default.
            extra: Fields to send that this version does not know, with the API's names.
            timeout: Seconds for the whole call, None for no limit; the client's by default.

        Returns:
            The token.

        Raises:
            InvalidArgumentError: An argument cannot be sent; nothing was sent.
            BadRequestError: The consumer has no JWT credentials, or the API refuses an argument.
            NotFoundError: The object does not exist, or the token has no access to it.
            ResponseDecodeError: The response contains no token.
            CloudError: Any other failure; see the subclass.

        Source: ``POST /api/v1/controlplanes/{control_plane_id}/consumers/{consumer_id}/jwt``
        (createConsumerJwt).
        """
        extra = veil(extra)
        issued = await super().create_token(
            consumer_id,
            ttl=ttl,
            custom_payload=custom_payload,
            control_plane_id=control_plane_id,
            extra=extra,
            timeout=timeout,
        )
        if isinstance(issued, Secret):
            return issued
        texts = [value for value in issued.reveal().values() if isinstance(value, str)]
        if len(texts) != 1:
            del texts
            raise ResponseDecodeError("the response holds no token", operation="createConsumerJwt")
        return Secret(texts[0])
