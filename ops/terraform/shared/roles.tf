# GitHub says which repository, branch and environment a job is of; AWS believes it, and no one else.
resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

locals {
  # Who may take which role: no wildcard, so no pull request, no other branch and no fork.
  subjects = merge(
    {
      main    = "repo:${var.repository}:ref:refs/heads/main"
      release = "repo:${var.repository}:environment:release"
    },
    { for each in var.environments : "deploy-${each}" => "repo:${var.repository}:environment:${each}" },
  )
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
      values   = [each.value]
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

# A release reads the model, and pushes the image that is built of it.
data "aws_iam_policy_document" "release" {
  #checkov:skip=CKV_AWS_356:to ask for a token of ECR knows no resource, and changes nothing
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
    sid       = "Token"
    actions   = ["ecr:GetAuthorizationToken"]
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
}

resource "aws_iam_role_policy" "release" {
  name   = "release"
  role   = aws_iam_role.workflow["release"].id
  policy = data.aws_iam_policy_document.release.json
}

# A deployment reads model and image, and says which image one environment runs, and for whom.
data "aws_iam_policy_document" "deploy" {
  #checkov:skip=CKV_AWS_356:the two actions with resource * know no resource, and change nothing
  for_each = var.environments
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
    actions   = ["ecr:GetAuthorizationToken", "ecs:DescribeTaskDefinition"]
    resources = ["*"]
  }
  statement {
    sid       = "PullImage"
    actions   = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = [aws_ecr_repository.service.arn]
  }
  statement {
    sid       = "SetImage"
    actions   = ["ecs:RegisterTaskDefinition"]
    resources = ["${local.services}:task-definition/${var.name}-${each.key}-*:*"]
  }
  statement {
    sid       = "Run"
    actions   = ["ecs:DescribeServices", "ecs:UpdateService"]
    resources = ["${local.services}:service/${var.name}-${each.key}/*"]
  }
  statement {
    sid       = "SetWeights"
    actions   = ["elasticloadbalancing:ModifyListener"]
    resources = ["arn:aws:elasticloadbalancing:${var.region}:${local.account}:listener/app/${var.name}-${each.key}/*"]
  }
  statement {
    sid       = "HandOverRoles"
    actions   = ["iam:PassRole"]
    resources = [for role in ["start", "task"] : "arn:aws:iam::${local.account}:role/${var.name}-${each.key}-${role}"]
    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "deploy" {
  for_each = var.environments
  name     = "deploy"
  role     = aws_iam_role.workflow["deploy-${each.key}"].id
  policy   = data.aws_iam_policy_document.deploy[each.key].json
}
