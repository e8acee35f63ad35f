"""Planned work on a cluster that is well: to move an instance, to free a node and to come back."""
