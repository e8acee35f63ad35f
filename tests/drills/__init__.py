"""Accidents on real machines, each from the snapshot `finished`: what recovery must do, measured
from outside. Nothing here may know the wizard but through its command line and its screens.
"""
