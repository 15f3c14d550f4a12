"""What vendors own: kinds of things, and how they hang together."""
