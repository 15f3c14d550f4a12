"""Around the requests: shared budget, telemetry, secrecy, raw access, hashes and a soak."""
