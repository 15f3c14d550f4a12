"""What customers find on offer, and what they subscribe to."""
