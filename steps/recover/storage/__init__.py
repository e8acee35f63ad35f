"""What is judged of a server's mirrors, and of a job queue that stands still."""
