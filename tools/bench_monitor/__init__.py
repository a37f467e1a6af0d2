"""What our monitor and others say of the same streams, some of which have a fault."""
