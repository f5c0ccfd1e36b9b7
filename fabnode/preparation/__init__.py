"""Preparations: from a job's verified artifact to the file that its machine runs, judged, where the machine stands."""
