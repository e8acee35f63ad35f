"""Archived tables of the database in an instance: moved, copied to two places, brought back."""
