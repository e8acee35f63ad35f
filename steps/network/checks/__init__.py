"""What is looked at once the bridge is there."""
