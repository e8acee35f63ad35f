"""How a command runs on a host that is reached: as a unit, a job, a reboot, a change that undoes
itself.

Knows hosts; not which step the command belongs to, and no front end.
"""
