"""Methods written by hand, in subclasses of the generated namespaces.

A module here has the name of the generated one in ``operations/`` that it extends; the generator
finds it, hangs its class on the client and gives it a sync counterpart.
"""
