"""The ClickHouse Cloud API: contract, overlay, generated code and what is written by hand."""
