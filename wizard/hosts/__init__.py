"""How a machine is reached: by ssh, as this very machine, or as a guest through its nodes.

Knows the state directory for its keys; nothing of steps, plans or how a long command is followed.
"""
