"""The APIs that this package speaks, one package each."""
