"""The ways to get from a changed parameter to a mesh on disk; each is one file with one class."""
