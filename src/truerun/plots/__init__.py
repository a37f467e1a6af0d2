"""What is plotted of a model: the tables that DVC shows, and their pictures. For `evaluate`."""
