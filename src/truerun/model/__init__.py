"""What a model is made of: tasks, metrics, estimators, featurizer, files, uncertainty, card."""
