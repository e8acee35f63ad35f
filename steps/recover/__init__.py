"""After an accident: what is the matter, told from facts alone, and what can be done. Pure."""
