"""SQL through the query endpoint of a service, without a driver."""
