"""Backups of instances and of the configuration, and the test that they can be restored."""
