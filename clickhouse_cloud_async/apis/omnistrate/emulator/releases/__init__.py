"""Versions of product tiers, and what is made of them."""
