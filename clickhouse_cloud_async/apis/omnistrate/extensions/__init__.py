"""Methods that are more than one operation, in subclasses of the generated namespaces."""
