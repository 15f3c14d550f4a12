"""Commands made of tables that the generator writes, a command for each method of a client."""
