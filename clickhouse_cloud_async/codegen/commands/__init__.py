"""From methods to the tables of commands: one more output of the generator."""
