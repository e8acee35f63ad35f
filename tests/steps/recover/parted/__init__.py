"""Copies that were both written to, and whose data is thrown away."""
