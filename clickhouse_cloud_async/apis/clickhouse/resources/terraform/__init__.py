"""Documents of desired state made of what Terraform manages."""
