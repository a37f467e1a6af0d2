"""A fortnight of flights in two minutes, through what watches the service."""
