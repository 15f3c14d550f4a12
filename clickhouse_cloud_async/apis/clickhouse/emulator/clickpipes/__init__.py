"""ClickPipes: their sources, destinations and states, and what they share."""
