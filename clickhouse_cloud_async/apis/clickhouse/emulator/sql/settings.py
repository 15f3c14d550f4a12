"""The files that an engine is configured by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from pathlib import Path

TIME_LIMIT: Final = 60
"""Seconds that a query may run unless it asks for another limit."""

LONGEST: Final = 600
"""The longest limit that it may ask for."""

BACKUP_DISK: Final = "backups"
"""The disk that backups are written to."""

# Sources (FILE, URL, S3, REMOTE, MYSQL, ...) are granted by name only: what is not listed is off.
_GRANTS: Final = """
    GRANT SELECT, INSERT, ALTER, CREATE, DROP, UNDROP TABLE, TRUNCATE, OPTIMIZE, SHOW, CHECK,
        KILL QUERY, BACKUP, dictGet, CREATE FUNCTION, DROP FUNCTION, SYSTEM FLUSH,
        SYSTEM MERGES, SYSTEM TTL MERGES, SYSTEM DROP CACHE, SYSTEM RELOAD DICTIONARY,
        SYSTEM VIEWS ON *.*;
    GRANT READ, WRITE ON DISK
"""

_SERVER: Final = """<clickhouse>
  <logger><level>none</level></logger>
  <timezone>UTC</timezone>
  <users_config>{users}</users_config>
  <storage_configuration><disks><{disk}>
    <type>local</type><path>{backups}/</path>
  </{disk}></disks></storage_configuration>
  <backups><allowed_disk>{disk}</allowed_disk></backups>
  <background_pool_size>2</background_pool_size>
  <background_schedule_pool_size>4</background_schedule_pool_size>
  <mark_cache_size>67108864</mark_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
</clickhouse>
"""

_USERS: Final = """<clickhouse>
  <profiles><default>
    <max_execution_time>{limit}</max_execution_time>
    <query_profiler_real_time_period_ns>0</query_profiler_real_time_period_ns>
    <query_profiler_cpu_time_period_ns>0</query_profiler_cpu_time_period_ns>
    <constraints><max_execution_time><min>1</min><max>{longest}</max></max_execution_time>
    </constraints>
  </default></profiles>
  <quotas><default/></quotas>
  <users><default>
    <password></password>
    <networks><ip>::/0</ip></networks>
    <profile>default</profile>
    <quota>default</quota>
    <grants>{grants}</grants>
  </default></users>
</clickhouse>
"""


def write_settings(folder: Path, backups: Path) -> Path:
    """Write the files that an engine is configured by.

    Args:
        folder: Where they go.
        backups: The folder of the backups.

    Returns:
        The file that the engine is given.
    """
    users = folder / "users.xml"
    grants = "".join(f"<query>{grant.strip()}</query>" for grant in _GRANTS.split(";"))
    users.write_text(_USERS.format(limit=TIME_LIMIT, longest=LONGEST, grants=grants))
    server = folder / "server.xml"
    paths = {"users": escape(str(users)), "backups": escape(str(backups))}
    server.write_text(_SERVER.format(disk=BACKUP_DISK, **paths))
    return server
