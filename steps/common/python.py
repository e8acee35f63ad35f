"""How a fact runs a program of its own on a host."""

from __future__ import annotations

LEAN = "python3 -I -S"
"""Without the host's site-packages and start files (python3(1)): a good quarter of its start
is spent on them, and nothing that is installed there has a word in what is seen.
"""
