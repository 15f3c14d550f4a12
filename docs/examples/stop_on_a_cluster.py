"""Stop all running services with the workers of a Dask cluster."""

import os

from distributed import Client
from distributed.security import Security

from clickhouse_cloud_async.fleet.dask import DaskFleet, FleetKey

# One key for each organisation; read them from your secret store.
keys = [
    FleetKey(
        organization_id=os.environ["CLICKHOUSE_CLOUD_ORGANIZATION_ID"],
        api_key=os.environ["CLICKHOUSE_CLOUD_API_KEY"],
        api_secret=os.environ["CLICKHOUSE_CLOUD_API_SECRET"],
        base_url=os.environ.get("CLICKHOUSE_CLOUD_URL"),
    )
]
security = Security(
    tls_ca_file="cert.pem",
    tls_client_cert="cert.pem",
    tls_client_key="key.pem",
    require_encryption=True,
)

with Client(scheduler_file="scheduler.json", security=security) as client:
    client.wait_for_workers(1)
    report = DaskFleet(client, keys).select(state="running").stop(wait=True)
print(report)
