"""Add the address of a CI job to a service's IP access list while a command runs."""

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager

from clickhouse_cloud_async import ClickHouseCloud
from clickhouse_cloud_async.models import IpAccessListEntry


@contextmanager
def reachable(cloud: ClickHouseCloud, name: str, source: str) -> Generator[None]:
    """Add an address to a service's IP access list, and remove it at the end."""
    entry = IpAccessListEntry(source=source, description="CI job")
    service = cloud.services.get_by_name(name)
    cloud.services.update(service.id, ip_access_list={"add": [entry]})
    try:
        yield
    finally:
        cloud.services.update(service.id, ip_access_list={"remove": [entry]})


name, source, *command = sys.argv[1:]
with ClickHouseCloud() as cloud, reachable(cloud, name, source):
    ended = subprocess.run(command, check=False)
sys.exit(ended.returncode)
