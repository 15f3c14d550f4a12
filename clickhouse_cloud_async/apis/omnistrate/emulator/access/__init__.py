"""Who may use the API, and with what."""
