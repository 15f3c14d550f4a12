"""The kinds of resources that a description names, here ClickHouse's."""
