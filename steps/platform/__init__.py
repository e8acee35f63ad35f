"""What the nodes run before Ganeti: packages, Xen, GRUB, the reboot checkpoint, DRBD."""
