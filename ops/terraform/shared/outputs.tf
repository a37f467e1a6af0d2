output "remote" {
  description = "The address for `dvc remote add --default storage`"
  value       = "s3://${aws_s3_bucket.data.bucket}/dvc"
}

output "main_role" {
  description = "For the variable AWS_ROLE of the repository"
  value       = aws_iam_role.workflow["main"].arn
}

output "release_role" {
  description = "For the variable AWS_ROLE of the environment release"
  value       = aws_iam_role.workflow["release"].arn
}

output "deploy_roles" {
  description = "For the variable AWS_ROLE of each environment that runs a service"
  value       = { for each in var.environments : each => aws_iam_role.workflow["deploy-${each}"].arn }
}

output "registry" {
  description = "Where images are pushed to"
  value       = aws_ecr_repository.service.repository_url
}

output "key" {
  description = "For the variable key of ops/terraform/service"
  value       = aws_kms_key.main.arn
}
