"""Offerings and subscriptions of customers."""
