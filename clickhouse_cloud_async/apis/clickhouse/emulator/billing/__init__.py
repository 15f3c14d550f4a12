"""Usage, its cost, and the credits that pay for it."""
