"""A finished cluster from day to day: its health and the card on the wall.

What is looked at and how it is judged comes in as a value from the steps.
"""
