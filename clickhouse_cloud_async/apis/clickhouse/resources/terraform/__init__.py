"""Converts states of Terraform to documents of desired state."""
