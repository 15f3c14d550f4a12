"""A ClickHouse engine behind emulated services: their HTTP interface, users and data."""
