"""All of `params.yaml` as one strict type: for code that needs several sections of it."""
