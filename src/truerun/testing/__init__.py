"""What the tests of a project import: checks of its data, its features and its model.

Each check takes a `project.Project`, and raises an AssertionError that names the column, the row
or the figure that is wrong.
"""
