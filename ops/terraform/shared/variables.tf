variable "name" {
  description = "What all of it is called, such as delays"
  type        = string
  default     = "truerun"
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,20}$", var.name))
    error_message = "A name has 2 to 21 small letters, digits and hyphens, and begins with a letter."
  }
}

variable "region" {
  description = "The region, such as eu-central-1"
  type        = string
}

variable "repository" {
  description = "The repository on GitHub whose workflows may take the roles, as owner/name"
  type        = string
  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.repository))
    error_message = "A repository is written as owner/name, without wildcards."
  }
}

variable "environments" {
  description = "The environments that run a service, each with required reviewers"
  type        = set(string)
  default     = ["staging", "production"]
  validation {
    condition     = length(var.environments) > 0 && alltrue([for each in var.environments : can(regex("^[A-Za-z0-9_-]+$", each))])
    error_message = "Environments have names of letters, digits, _ and -, without wildcards."
  }
}
