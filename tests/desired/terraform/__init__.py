"""Documents made of states of Terraform."""
