"""Two (or three) real machines on this one, by QEMU."""
