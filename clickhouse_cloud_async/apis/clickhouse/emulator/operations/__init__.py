"""The handlers of operations, one module per area."""
