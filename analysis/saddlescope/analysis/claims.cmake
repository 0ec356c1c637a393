# Claims and their registry.
