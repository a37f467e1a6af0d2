"""`params.yaml` as strict types: a module for each section, which a stage loads on its own."""
