"""What comes of copies or nodes that were apart: split brain, a cut link, one node back alone."""
