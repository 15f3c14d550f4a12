"""Commands from generated tables, one for each method of a client."""
