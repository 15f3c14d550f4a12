"""ClickPipes: their sources, destinations, states and shared resources."""
