# GitHub says which repository, branch and environment a job is of; AWS believes it, and no one else.
resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

locals {
  # Who may take which role: no wildcard, so no pull request, no other branch and no fork.
  subjects = {
    main    = ["repo:${var.repository}:ref:refs/heads/main"]
    release = [for each in sort(var.environments) : "repo:${var.repository}:environment:${each}"]
  }
  services = "arn:aws:ecs:${var.region}:${local.account}"
}

data "aws_iam_policy_document" "trust" {
  for_each = local.subjects
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.github.arn]
    }
    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:aud"
      values   = ["sts.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:sub"
      values   = each.value
    }
  }
}

resource "aws_iam_role" "workflow" {
  for_each             = local.subjects
  name                 = "${var.name}-${each.key}"
  assume_role_policy   = data.aws_iam_policy_document.trust[each.key].json
  max_session_duration = 3600
}

# Main pushes data and models, and deletes none.
data "aws_iam_policy_document" "main" {
  statement {
    sid       = "Find"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.data.arn]
  }
  statement {
    sid       = "Keep"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${aws_s3_bucket.data.arn}/*"]
  }
  statement {
    sid       = "Encrypt"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.main.arn]
  }
}

resource "aws_iam_role_policy" "main" {
  name   = "data"
  role   = aws_iam_role.workflow["main"].id
  policy = data.aws_iam_policy_document.main.json
}

# A release reads the model, pushes its image, and sets which image runs, and for whom.
data "aws_iam_policy_document" "release" {
  #checkov:skip=CKV_AWS_356:the two actions with resource * know no resource, and change nothing
  statement {
    sid       = "FindModel"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.data.arn]
  }
  statement {
    sid       = "ReadModel"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.data.arn}/*"]
  }
  statement {
    sid       = "Decrypt"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.main.arn]
  }
  statement {
    sid       = "NoResource"
    actions   = ["ecr:GetAuthorizationToken", "ecs:DescribeTaskDefinition", "elasticloadbalancing:DescribeListeners"]
    resources = ["*"]
  }
  statement {
    sid = "PushImage"
    actions = [
      "ecr:BatchCheckLayerAvailability",
      "ecr:BatchGetImage",
      "ecr:CompleteLayerUpload",
      "ecr:DescribeImages",
      "ecr:GetDownloadUrlForLayer",
      "ecr:InitiateLayerUpload",
      "ecr:PutImage",
      "ecr:UploadLayerPart",
    ]
    resources = [aws_ecr_repository.service.arn]
  }
  statement {
    sid       = "SetImage"
    actions   = ["ecs:RegisterTaskDefinition"]
    resources = [for each in var.environments : "${local.services}:task-definition/${var.name}-${each}-*:*"]
  }
  statement {
    sid       = "Deploy"
    actions   = ["ecs:DescribeServices", "ecs:UpdateService"]
    resources = [for each in var.environments : "${local.services}:service/${var.name}-${each}/*"]
  }
  statement {
    sid       = "SetWeights"
    actions   = ["elasticloadbalancing:ModifyListener"]
    resources = [for each in var.environments : "arn:aws:elasticloadbalancing:${var.region}:${local.account}:listener/app/${var.name}-${each}/*"]
  }
  statement {
    sid       = "HandOverRoles"
    actions   = ["iam:PassRole"]
    resources = flatten([for each in var.environments : [for role in ["start", "task"] : "arn:aws:iam::${local.account}:role/${var.name}-${each}-${role}"]])
    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "release" {
  name   = "release"
  role   = aws_iam_role.workflow["release"].id
  policy = data.aws_iam_policy_document.release.json
}
