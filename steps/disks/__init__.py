"""Disks up to the volume group: partitions, mirrors, LVM and its filter."""
