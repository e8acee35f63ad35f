"""Looks at a host for this topic: a read-only snippet and its parser. Know no step."""
