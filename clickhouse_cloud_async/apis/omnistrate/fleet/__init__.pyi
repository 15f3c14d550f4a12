from clickhouse_cloud_async.apis.omnistrate.sync.fleet import Fleet as Fleet
from clickhouse_cloud_async.apis.omnistrate.sync.selection import Selection as Selection

from .criteria import Criteria as Criteria
from .events import InstanceEvent as InstanceEvent
from .fleet import AsyncFleet as AsyncFleet
from .instance import AsyncFleetInstance as AsyncFleetInstance
from .selection import AsyncSelection as AsyncSelection
from .sync_fleet import FleetInstance as FleetInstance
