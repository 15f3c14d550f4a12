"""The rules of the ClickHouse Cloud API, for the emulator."""
