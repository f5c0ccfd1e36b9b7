"""What a design is and how it becomes geometry. No network, no database; imports nothing of ours."""
