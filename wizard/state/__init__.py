"""What a build keeps on the operator's machine: the state directory, its lock, the journal.

Knows answers and vocabulary; no host, no front end.
"""
