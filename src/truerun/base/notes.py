"""Where main keeps, in Git, the comparison of each commit that it has proved."""

NOTES = "refs/notes/truerun"
