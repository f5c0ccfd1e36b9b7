"""Real parts on loopback (OctoPrint, PostgreSQL, S3, registry, agent) for the tests and the demo."""
