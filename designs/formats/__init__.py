"""What a build gives out: one file a format. All of it is computed from the B-rep by this code, never by the model
script."""
