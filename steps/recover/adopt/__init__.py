"""Answers out of a cluster that is there: its own configuration, the kit on its servers, and what
the servers show.
"""
