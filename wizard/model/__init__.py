"""The vocabulary: steps, facts, commands, plans, reviews, verdicts. Frozen values and pure
functions.

May know the answers, and nothing that touches a disk, a host or a terminal.
"""
