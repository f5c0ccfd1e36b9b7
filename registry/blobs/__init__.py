"""Where bytes are kept, named by their SHA-256."""
