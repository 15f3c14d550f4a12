"""The kinds of resources in descriptions for ClickHouse Cloud."""
