"""The HTTP API, one file a resource. A file with a `router` is found by itself."""
