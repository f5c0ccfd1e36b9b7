"""The jail in which every model script runs: a warm worker, one confined throw-away process per task, JSON and files
across the wall."""
