"""The figures of the model in a project's README, which a run keeps true."""
