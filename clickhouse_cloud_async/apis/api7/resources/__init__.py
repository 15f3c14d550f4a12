"""The desired state of control planes of API7 Cloud."""
