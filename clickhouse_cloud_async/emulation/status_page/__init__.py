"""The page at ``/`` that shows what an emulator holds and does."""
