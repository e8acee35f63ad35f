"""The encrypted volume of an instance and what moves onto it."""
