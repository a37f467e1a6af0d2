"""`schema.yaml`, and what data must satisfy: rows, partitions, drift and leaks."""
