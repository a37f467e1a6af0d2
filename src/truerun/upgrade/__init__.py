"""Brings a project to a newer truerun: its wheel, its lock, and the files of the template."""
