"""Ctrl-C and the wish to stop, while commands run."""
