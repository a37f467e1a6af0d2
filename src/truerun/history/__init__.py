"""What became of the newest commits of a branch, out of Git: for the page of main."""
