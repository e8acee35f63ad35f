"""What the card on the wall says."""
