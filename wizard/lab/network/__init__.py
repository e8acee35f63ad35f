"""A lab's networks: switch and router, a gate before every user network, ssh to the machines."""
