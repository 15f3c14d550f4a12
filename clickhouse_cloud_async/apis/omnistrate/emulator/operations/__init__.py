"""The handlers of operations; a module for each area."""
