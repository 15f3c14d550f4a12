"""The tests of clickhouse_cloud_async."""
