"""Finds the columns that know the target, as only something recorded with it or after it can.

`search` is where it begins; each of the others looks for one kind of evidence.
"""
