"""The image, and what it is deployed by: Compose, Kubernetes, Terraform."""
