"""After an accident, by keys: the diagnosis, the claim that a machine is dead, the runbooks."""
