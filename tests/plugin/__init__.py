"""The plugin for pytest: fixtures that tests of other projects use."""
