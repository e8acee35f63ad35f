"""`ganeti-wizard recover`: what each of its words takes, does and prints, without a screen."""
