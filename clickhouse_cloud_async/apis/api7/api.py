"""The API7 Cloud API as a value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.core.api import API, Problems, Scope
from clickhouse_cloud_async.core.errors import ConfigurationError, ResponseDecodeError

from .access_token import ACCESS_TOKEN

if TYPE_CHECKING:
    from .namespaces import AsyncNamespaces

_ID = "[1-9][0-9]*"


async def find_organization(cloud: AsyncNamespaces) -> str:
    """Return the ID of the only organisation of a client's token.

    Args:
        cloud: The client.

    Raises:
        ConfigurationError: The user of the token belongs to no organisation, or to several.
    """
    user = await cloud.user.get()
    organizations = user.org_ids or ()
    if len(organizations) == 1:
        return organizations[0]
    if not organizations:
        raise ConfigurationError("the user of the token belongs to no organisation")
    raise ConfigurationError(
        "the token sees several organisations, pass organization_id: " + ", ".join(organizations)
    )


async def find_control_plane(cloud: AsyncNamespaces) -> str:
    """Return the ID of the only control plane of a client's organisation.

    Args:
        cloud: The client.

    Raises:
        ConfigurationError: The organisation has no control plane, or several.
        ResponseDecodeError: The control plane has no ID.
    """
    planes = await cloud.control_planes.list()
    if len(planes) == 1:
        if not planes[0].id:
            raise ResponseDecodeError("the control plane in the response has no id")
        return planes[0].id
    if not planes:
        raise ConfigurationError("the organisation has no control plane")
    listed = ", ".join(f"{each.id} ({each.name})" for each in planes)
    raise ConfigurationError(
        f"the organisation has several control planes, pass control_plane_id: {listed}"
    )


API7_CLOUD = API(
    name="api7",
    title="API7 Cloud",
    base_url="https://api.api7.cloud",
    version_path="/api/v1",
    env_prefix="API7_CLOUD",
    other_variables={"token": "API7_CLOUD_ACCESS_TOKEN", "url": "API7_CLOUD_ADDR"},
    config_folder="api7-cloud",
    credentials=(ACCESS_TOKEN,),
    scopes=(
        Scope(
            "id", "organization_id", "organisation", find_organization, paths=("/api/v1/orgs/{id}",)
        ),
        Scope(
            "control_plane_id",
            "control_plane_id",
            "control plane",
            find_control_plane,
            paths=(
                "/api/v1/controlplanes/{control_plane_id}",
                "/api/v1/debug/config/controlplanes/{control_plane_id}",
                "/api/v1/orgs/{id}/controlplanes/{control_plane_id}/plugins",
            ),
        ),
    ),
    path_patterns=dict.fromkeys(
        (
            "api_id",
            "app_id",
            "canary_release_id",
            "certificate_id",
            "consumer_id",
            "control_plane_id",
            "id",
            "log_collection_id",
            "member_id",
            "resource_id",
            "service_registry_id",
        ),
        _ID,
    ),
    envelope="payload",
    problems=Problems(
        messages=(("error",), ("status", "message")),
        codes=(("status", "code"),),
        status=(),
        marks=("error",),
        members=frozenset(("error", "payload", "status", "warning")),
    ),
    metrics="api7_cloud",
)
"""The API7 Cloud API."""
