"""What the steps' undos do, in real shells on a folder that stands for a machine."""
