"""One machine of the lab: command line, disks and identity, boot and power, what hands do to it."""
