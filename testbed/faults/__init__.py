"""Faults put into a running fleet on purpose, and the accounts that show what they did."""
