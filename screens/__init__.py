"""Textual screens and the line mode."""
