"""Steps for copies that were parted: one side is given up, the primary exchanged."""
