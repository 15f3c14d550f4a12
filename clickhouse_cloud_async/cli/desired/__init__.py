"""Commands that plan and apply documents."""
