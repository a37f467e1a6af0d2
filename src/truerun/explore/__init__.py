"""What the notebook of a project looks at: target, drift, slices, errors, and two experiments."""
