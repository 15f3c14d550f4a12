"""Access control: keys, roles, permissions and members."""
