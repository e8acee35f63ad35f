"""The base image: packages from where this machine has them, a root file system, two disks."""
