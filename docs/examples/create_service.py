"""Create a service, wait until it runs, and write its connection settings to a file."""

import asyncio
import os
import sys
from pathlib import Path

from clickhouse_cloud_async import AsyncClickHouseCloud


async def main(name: str, file: Path) -> None:
    async with AsyncClickHouseCloud() as cloud:
        created = await cloud.services.create(
            name=name,
            provider="aws",
            region="eu-central-1",
            ip_access_list=[{"source": "192.0.2.0/24", "description": "office"}],
            tags=[{"key": "env", "value": "dev"}],
        )
        assert created.password is not None
        # The password is shown only once, so store it before anything else can fail.
        write_private(file, f"CLICKHOUSE_PASSWORD={created.password.reveal()}\n")
        service = await cloud.services.wait_until(created.service.id, "running")
        connection = await cloud.services.connection(service.id, password=created.password)
        write_private(file, f"CLICKHOUSE_URL={connection.url(reveal=True)}\n")
        print(f"{service.name} is {service.state}; {file} says how to connect")


def write_private(file: Path, text: str) -> None:
    """Append to a file that only its owner can read."""
    with os.fdopen(os.open(file, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600), "w") as stream:
        stream.write(text)


asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
