"""What every API shares: settings, one request's way out and back, errors, codec, sync runtime."""
