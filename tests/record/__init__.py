"""Recorded cases from real hosts, without what must not leave them."""
