"""The verbs of the command line without a screen: what each takes, does and prints.

The top of the engine: knows all of it, and neither steps nor screens.
"""
