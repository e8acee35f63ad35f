"""The verbs of planned work: `move` an instance, free a node for its `maintenance`."""
