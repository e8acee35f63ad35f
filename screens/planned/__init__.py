"""Planned work by keys: an instance is moved, a server freed for its maintenance and taken back."""
