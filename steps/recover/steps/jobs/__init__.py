"""Steps about Ganeti's jobs, and about what they did not get done."""
