"""Steps that leave a cluster one master, which leads by a vote."""
