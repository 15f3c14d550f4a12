from clickhouse_cloud_async.apis.clickhouse.fleet import (
    AsyncFleet as AsyncFleet,
)
from clickhouse_cloud_async.apis.clickhouse.fleet import (
    AsyncFleetService as AsyncFleetService,
)
from clickhouse_cloud_async.apis.clickhouse.fleet import (
    AsyncSelection as AsyncSelection,
)
from clickhouse_cloud_async.apis.clickhouse.fleet import (
    Conversion as Conversion,
)
from clickhouse_cloud_async.apis.clickhouse.fleet import (
    Criteria as Criteria,
)
from clickhouse_cloud_async.apis.clickhouse.fleet import (
    DescriptionError as DescriptionError,
)
from clickhouse_cloud_async.apis.clickhouse.fleet import (
    DesiredFleet as DesiredFleet,
)
from clickhouse_cloud_async.apis.clickhouse.fleet import (
    DesiredService as DesiredService,
)
from clickhouse_cloud_async.apis.clickhouse.fleet import (
    EventKind as EventKind,
)
from clickhouse_cloud_async.apis.clickhouse.fleet import (
    Exported as Exported,
)
from clickhouse_cloud_async.apis.clickhouse.fleet import (
    FieldChange as FieldChange,
)
from clickhouse_cloud_async.apis.clickhouse.fleet import (
    Fleet as Fleet,
)
from clickhouse_cloud_async.apis.clickhouse.fleet import (
    FleetDrift as FleetDrift,
)
from clickhouse_cloud_async.apis.clickhouse.fleet import (
    FleetError as FleetError,
)
from clickhouse_cloud_async.apis.clickhouse.fleet import (
    FleetEvent as FleetEvent,
)
from clickhouse_cloud_async.apis.clickhouse.fleet import (
    FleetProgress as FleetProgress,
)
from clickhouse_cloud_async.apis.clickhouse.fleet import (
    FleetService as FleetService,
)
from clickhouse_cloud_async.apis.clickhouse.fleet import (
    Known as Known,
)
from clickhouse_cloud_async.apis.clickhouse.fleet import (
    LookProgress as LookProgress,
)
from clickhouse_cloud_async.apis.clickhouse.fleet import (
    Loss as Loss,
)
from clickhouse_cloud_async.apis.clickhouse.fleet import (
    MemberFailure as MemberFailure,
)
from clickhouse_cloud_async.apis.clickhouse.fleet import (
    Outcome as Outcome,
)
from clickhouse_cloud_async.apis.clickhouse.fleet import (
    OutcomeStatus as OutcomeStatus,
)
from clickhouse_cloud_async.apis.clickhouse.fleet import (
    Plan as Plan,
)
from clickhouse_cloud_async.apis.clickhouse.fleet import (
    PlanAction as PlanAction,
)
from clickhouse_cloud_async.apis.clickhouse.fleet import (
    Prices as Prices,
)
from clickhouse_cloud_async.apis.clickhouse.fleet import (
    Replacement as Replacement,
)
from clickhouse_cloud_async.apis.clickhouse.fleet import (
    Report as Report,
)
from clickhouse_cloud_async.apis.clickhouse.fleet import (
    ResourcePlan as ResourcePlan,
)
from clickhouse_cloud_async.apis.clickhouse.fleet import (
    Selection as Selection,
)
from clickhouse_cloud_async.apis.clickhouse.fleet import (
    ServicePlan as ServicePlan,
)
from clickhouse_cloud_async.apis.clickhouse.fleet import (
    ValidationIssue as ValidationIssue,
)
from clickhouse_cloud_async.apis.clickhouse.fleet import (
    from_terraform as from_terraform,
)
