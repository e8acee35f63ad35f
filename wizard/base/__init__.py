"""What everything else rests on: errors, exit codes, secrets, standard streams, crash reports.

Knows no other module of this program.
"""
