"""Commands that plan what documents describe, and bring it about."""
