"""What the checks say of the prepared rows: written by a stage, made again by a judge."""
