"""Tests of documents from states of Terraform."""
