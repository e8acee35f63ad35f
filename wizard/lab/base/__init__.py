"""What every room of the lab stands on: folders, specification, tools, processes, progress."""
