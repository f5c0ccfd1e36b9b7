"""One file a kind of machine, and the reading and judging of G-code. Imports nothing of ours."""
