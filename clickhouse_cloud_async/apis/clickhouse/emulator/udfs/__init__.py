"""User-defined functions: archives, versions and attachments to services."""
