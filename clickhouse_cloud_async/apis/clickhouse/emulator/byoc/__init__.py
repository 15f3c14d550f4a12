"""Infrastructure in a customer's own cloud account."""
