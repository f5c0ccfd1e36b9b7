"""Benchmarks: how fast and how large Cofab is, beside what else could be used, in one run. See README.md."""
