"""From a table of data to a model in production: the command `truerun` and what it stands on.

Folders only, a room each, on floors: a room uses those below it (`make lint` holds it to that).
"""
