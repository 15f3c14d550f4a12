"""The ClickHouse Cloud API: contract, overlay, generated and hand-written code."""
