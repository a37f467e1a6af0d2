"""What a server of MLflow is told of runs and versions, if there is one; nothing is read back."""
