"""What ran when, what it costs, and the credits that pay for it."""
