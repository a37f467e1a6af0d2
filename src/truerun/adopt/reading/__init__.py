"""How the user's file is written: its kind, encoding, delimiter, header."""
