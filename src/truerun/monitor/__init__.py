"""What was served, held against what was learned and against outcomes that came later."""
