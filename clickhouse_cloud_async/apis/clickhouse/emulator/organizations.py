"""Adds organisations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulation.clock import START, timestamp
from clickhouse_cloud_async.emulation.randomness import random_uuid

from .organization import ORGANIZATIONS, Organization
from .registry import REGISTRY

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.world import World


def add_organization(world: World, name: str) -> Organization:
    """Add an organisation with its initial resources.

    Args:
        world: The emulator's documents and time.
        name: Its name.
    """
    organization_id = random_uuid(world.random)
    organization = Organization(world, (*ORGANIZATIONS, organization_id))
    world.store.put(
        organization.path,
        {
            "id": organization_id,
            "createdAt": timestamp(START.replace(year=START.year - 2)),
            "name": name,
            "privateEndpoints": [],
            "enableCoreDumps": True,
        },
    )
    REGISTRY.created("organization", organization, organization.path)
    return organization
