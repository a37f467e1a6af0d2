output "address" {
  description = "What the service's name must lead to, by a CNAME or alias record"
  value       = aws_lb.service.dns_name
}

output "listener" {
  description = "Whose weights are the canary"
  value       = aws_lb_listener.https.arn
}

output "stable_group" {
  description = "The target group of the released model"
  value       = aws_lb_target_group.track["stable"].arn
}

output "canary_group" {
  description = "The target group of the canary"
  value       = aws_lb_target_group.track["canary"].arn
}
