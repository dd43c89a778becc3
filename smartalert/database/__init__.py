"""PostgreSQL and PostGIS: connections, named queries, migrations, and a private cluster of our own."""
