"""Two to four real machines on this one, by QEMU.

The rooms, each of which knows those below it alone; above them the lab as a whole.

machine    one machine: command line, disks and identity, boot and power, what hands do to it
network    switch and router, a gate before every user network, ssh to the machines
image      the base image that all machines begin as
base       folders, specification, what this machine offers, processes, progress
"""
