"""The pages: server-rendered templates, small islands, and nothing that decides."""
