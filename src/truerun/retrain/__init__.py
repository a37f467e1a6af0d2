"""When a model is trained anew, what it must be better than, and who is asked to merge it."""
