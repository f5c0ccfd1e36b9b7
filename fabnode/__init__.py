"""The agent that serves the machines of one facility. Talks to the registry over HTTP only."""
