"""What the served model says of the validated rows: written by a stage, made again by a judge."""
