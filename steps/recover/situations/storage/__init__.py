"""What stands still or lost a half on machines that answer: mirrors, and Ganeti's job queue."""
