"""The async client over real HTTP: settings, calls, errors, secrecy and life cycle."""
