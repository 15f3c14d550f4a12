"""Methods that combine operations, in subclasses of the generated namespaces."""
