"""`schema.yaml`, and what data must hold: rows, partitions, drift and leaks."""
