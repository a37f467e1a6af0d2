"""Whether retraining pays: the past of a table in time, played again under rules of retraining."""
