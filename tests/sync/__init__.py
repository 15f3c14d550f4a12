"""The sync facade: the same as the async client, from any thread and process."""
