"""The kinds of resources that documents of ClickHouse Cloud may name.

Each kind has a module of its own beside this one.
"""

from __future__ import annotations

from clickhouse_cloud_async.apis.clickhouse.fleet.service import SERVICES
from clickhouse_cloud_async.desired.engine import Engine
from clickhouse_cloud_async.desired.kinds import Kinds

from .api_keys import APIKeys
from .byoc_infrastructure import BYOCInfrastructure
from .cdc_infrastructure import CdcInfrastructure
from .clickpipes import ClickPipes
from .members import Members
from .organization_settings import OrganizationSettings
from .postgres import Postgres
from .postgres_configurations import PostgresConfigurations
from .reverse_private_endpoints import ReversePrivateEndpoints
from .role_assignments import RoleAssignments
from .roles import Roles
from .service_kind import Services
from .services import ServicesHandler

KINDS = Kinds(
    (
        APIKeys(),
        CdcInfrastructure(),
        ClickPipes(),
        ReversePrivateEndpoints(),
        BYOCInfrastructure(),
        Members(),
        OrganizationSettings(),
        Postgres(),
        PostgresConfigurations(),
        RoleAssignments(),
        Roles(),
        Services(),
    )
)
"""All kinds, one a line."""

ENGINE = Engine(kinds=KINDS, handlers={"services": ServicesHandler}, fleet_kind=SERVICES)
"""The engine of desired state for ClickHouse Cloud."""
