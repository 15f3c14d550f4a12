"""Waiting for what changes by itself: many wait, and one poller asks for all of them."""
