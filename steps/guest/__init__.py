"""The system inside an instance."""
