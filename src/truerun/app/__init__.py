"""The try-out page of a service: a form, files, what-if; a client of its API and nothing else."""
