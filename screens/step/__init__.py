"""The one screen that shows every step: why, ask, plan, run, verify."""
