"""The terminal itself: what it sends, and how small it may be."""
