"""The page at ``/`` that shows the state of an emulator."""
