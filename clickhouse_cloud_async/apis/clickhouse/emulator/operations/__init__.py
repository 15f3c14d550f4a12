"""What answers each operation, one module per area."""
