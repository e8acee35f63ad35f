"""Names and addresses, the bridge, root's trust between the nodes."""
