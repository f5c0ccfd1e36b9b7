"""Where SQL stands: tables, named queries, migrations."""
