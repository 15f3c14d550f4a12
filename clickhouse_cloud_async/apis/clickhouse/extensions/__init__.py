"""Methods written by hand, in subclasses of the generated namespaces.

A module here has the name of the generated one in ``operations/`` that it extends; the generator
finds it, uses its class in the client, and generates a sync counterpart.
"""
