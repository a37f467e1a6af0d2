# The public side. TLS ends here; the weights of the listener are the canary.
resource "aws_security_group" "balancer" {
  name        = "${local.name}-balancer"
  description = "What reaches the load balancer of ${local.name}"
  vpc_id      = var.vpc
}

resource "aws_vpc_security_group_ingress_rule" "clients" {
  for_each          = toset(var.clients)
  security_group_id = aws_security_group.balancer.id
  description       = "Clients, by TLS"
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "to_service" {
  security_group_id            = aws_security_group.balancer.id
  description                  = "The service"
  referenced_security_group_id = aws_security_group.service.id
  ip_protocol                  = "tcp"
  from_port                    = local.port
  to_port                      = local.port
}

resource "aws_lb" "service" {
  #checkov:skip=CKV2_AWS_28:requests are bounded and keyed by the service; a firewall is the account's choice
  #checkov:skip=CKV2_AWS_20:nothing listens on port 80, so there is nothing to redirect
  name                       = local.name
  load_balancer_type         = "application"
  subnets                    = var.public_subnets
  security_groups            = [aws_security_group.balancer.id]
  drop_invalid_header_fields = true
  enable_deletion_protection = true
  idle_timeout               = 30
  access_logs {
    bucket  = var.log_bucket
    prefix  = local.name
    enabled = true
  }
}

resource "aws_lb_target_group" "track" {
  #checkov:skip=CKV_AWS_378:within the VPC; TLS ends at the load balancer
  for_each             = local.tracks
  name                 = "${local.name}-${each.key}"
  vpc_id               = var.vpc
  target_type          = "ip"
  protocol             = "HTTP"
  port                 = local.port
  deregistration_delay = 15
  health_check {
    path                = "/readyz"
    matcher             = "200"
    interval            = 10
    timeout             = 3
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.service.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.certificate
  default_action {
    type = "forward"
    forward {
      target_group {
        arn    = aws_lb_target_group.track["stable"].arn
        weight = 100 - var.canary_weight
      }
      target_group {
        arn    = aws_lb_target_group.track["canary"].arn
        weight = var.canary_weight
      }
    }
  }
  lifecycle {
    ignore_changes = [default_action] # a release moves the weights
  }
}
