"""Flights out of New York in 2013."""
