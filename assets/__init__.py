"""Styles, help pages and templates, read by importlib.resources."""
