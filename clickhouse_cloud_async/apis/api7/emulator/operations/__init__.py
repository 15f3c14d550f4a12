"""What answers operations, one module for each kind of thing."""
