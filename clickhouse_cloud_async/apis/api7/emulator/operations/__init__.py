"""The handlers of operations, one module for each kind of resource."""
