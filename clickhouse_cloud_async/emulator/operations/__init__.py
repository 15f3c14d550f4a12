"""The operations with rules of their own, one module per area."""
