"""`params.yaml` as strict types: a module for each section, which a stage loads by itself."""
