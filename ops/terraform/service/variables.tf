variable "name" {
  description = "As in ops/terraform/shared"
  type        = string
  default     = "truerun"
}

variable "environment" {
  description = "staging or production"
  type        = string
  validation {
    condition     = contains(["staging", "production"], var.environment)
    error_message = "The environment is staging or production."
  }
}

variable "region" {
  description = "The region, such as eu-central-1"
  type        = string
}

variable "vpc" {
  description = "The VPC of the subnets"
  type        = string
}

variable "public_subnets" {
  description = "Two or more, of different zones, for the load balancer"
  type        = list(string)
  validation {
    condition     = length(var.public_subnets) >= 2
    error_message = "A load balancer needs subnets of two zones."
  }
}

variable "private_subnets" {
  description = "Two or more for the service, with a way to ECR, CloudWatch and Secrets Manager"
  type        = list(string)
}

variable "certificate" {
  description = "ARN of the certificate of the service's name, in ACM"
  type        = string
}

variable "keys" {
  description = "ARN of the secret in Secrets Manager whose value is the keys of clients, with blanks between"
  type        = string
}

variable "key" {
  description = "ARN of the KMS key that ops/terraform/shared made"
  type        = string
}

variable "image" {
  description = "The image to begin with, by digest; releases set later ones"
  type        = string
  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "An image is named by its digest: REGISTRY/NAME@sha256:..."
  }
}

variable "clients" {
  description = "Addresses that may ask, as CIDR blocks"
  type        = list(string)
  default     = ["0.0.0.0/0"]
}

variable "canary_weight" {
  description = "The percentage of requests that the canary answers at the start; releases set it later"
  type        = number
  default     = 0
  validation {
    condition     = var.canary_weight >= 0 && var.canary_weight <= 100
    error_message = "A weight is a percentage."
  }
}

variable "log_bucket" {
  description = "A bucket that takes the access logs of load balancers of this region"
  type        = string
}
