"""Better parameters of the model, searched for on training rows alone."""
