"""The kinds of resources in documents of ClickHouse Cloud.

Each kind has its own module in this package.
"""

from __future__ import annotations

from clickhouse_cloud_async.apis.clickhouse.fleet.service import SERVICES
from clickhouse_cloud_async.desired.engine import Engine
from clickhouse_cloud_async.desired.kinds import Kinds

from .api_keys import APIKeys
from .backup_buckets import BackupBuckets
from .byoc_infrastructure import BYOCInfrastructure
from .cdc_infrastructure import CdcInfrastructure
from .clickhouse_settings import ClickHouseSettings
from .clickpipes import ClickPipes
from .clickstack_alerts import ClickStackAlerts
from .clickstack_dashboards import ClickStackDashboards
from .clickstack_roles import ClickStackRoles
from .clickstack_saved_searches import ClickStackSavedSearches
from .clickstack_sources import ClickStackSources
from .clickstack_webhooks import ClickStackWebhooks
from .identity import read_identity
from .members import Members
from .news import read_news
from .organization_settings import OrganizationSettings
from .postgres import Postgres
from .postgres_configurations import PostgresConfigurations
from .private_endpoints import PrivateEndpoints
from .query_api_endpoints import QueryAPIEndpoints
from .query_endpoints import QueryEndpoints
from .replica_aware_routing import ReplicaAwareRouting
from .reverse_private_endpoints import ReversePrivateEndpoints
from .role_assignments import RoleAssignments
from .roles import Roles
from .saved_queries import SavedQueries
from .service_kind import Services
from .services import ServicesHandler
from .snapshot_configurations import SnapshotConfigurations
from .udf_attachments import UDFAttachments
from .udfs import UDFs

KINDS = Kinds(
    (
        APIKeys(),
        BackupBuckets(),
        BYOCInfrastructure(),
        CdcInfrastructure(),
        ClickHouseSettings(),
        ClickPipes(),
        ClickStackAlerts(),
        ClickStackDashboards(),
        ClickStackRoles(),
        ClickStackSavedSearches(),
        ClickStackSources(),
        ClickStackWebhooks(),
        Members(),
        OrganizationSettings(),
        Postgres(),
        PostgresConfigurations(),
        PrivateEndpoints(),
        QueryAPIEndpoints(),
        QueryEndpoints(),
        ReplicaAwareRouting(),
        ReversePrivateEndpoints(),
        RoleAssignments(),
        Roles(),
        SavedQueries(),
        Services(),
        SnapshotConfigurations(),
        UDFAttachments(),
        UDFs(),
    )
)
"""All kinds, in alphabetical order."""

ENGINE = Engine(
    title="A fleet of ClickHouse Cloud",
    kinds=KINDS,
    main_kind="services",
    handlers={"services": ServicesHandler},
    fleet_kind=SERVICES,
    read_news=read_news,
    read_identity=read_identity,
)
"""The engine of desired state for ClickHouse Cloud."""
