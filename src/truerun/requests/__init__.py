"""What the log of a service is for: joined outcomes, verdicts on live rows, forgetting."""
