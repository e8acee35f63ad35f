"""The whole wizard, all real steps, on machines that are made of recorded facts."""
