"""A comparison as JSON in, text for people out; the standard library alone, and nothing of ours."""
