from clickhouse_cloud_async.apis.clickhouse.fleet.dask import (
    AsyncDaskFleet as AsyncDaskFleet,
)
from clickhouse_cloud_async.apis.clickhouse.fleet.dask import (
    AsyncDaskSelection as AsyncDaskSelection,
)
from clickhouse_cloud_async.apis.clickhouse.fleet.dask import (
    ClientOptions as ClientOptions,
)
from clickhouse_cloud_async.apis.clickhouse.fleet.dask import (
    DaskFleet as DaskFleet,
)
from clickhouse_cloud_async.apis.clickhouse.fleet.dask import (
    DaskSelection as DaskSelection,
)
from clickhouse_cloud_async.apis.clickhouse.fleet.dask import (
    FleetKey as FleetKey,
)
