"""What follows from the contract alone: shapes of requests, answers and paths."""
