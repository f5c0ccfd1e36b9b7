"""Slicers: from a verified model to G-code for one machine, where the machine stands."""
