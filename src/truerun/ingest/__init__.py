"""New raw data: checked by its source, written whole or not at all, listed in data/raw.dvc."""
