"""The agent's own small page for the person at the machines. Loopback only."""
