"""The parts that all APIs share: settings, requests and responses, errors, codec, sync runtime."""
