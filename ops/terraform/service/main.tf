# The service in one environment: staging or production, each with a state of its own.
terraform {
  required_version = ">= 1.9"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region = var.region
  default_tags {
    tags = { project = var.name, environment = var.environment }
  }
}

locals {
  name = "${var.name}-${var.environment}"
  port = 8000
  # Each answers by an image of its own; the weights of the listener say whose answer is whose.
  tracks = toset(["stable", "canary"])
}
