"""The card on the wall: what stands on it, how it is laid out, drawn and written down."""
