"""Users, credentials and access control."""
