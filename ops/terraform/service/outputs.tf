output "address" {
  description = "What the service's name must lead to, by a CNAME or alias record"
  value       = aws_lb.service.dns_name
}

output "listener" {
  description = "Whose weights are the canary"
  value       = aws_lb_listener.https.arn
}

output "target_groups" {
  description = "By track: stable and canary"
  value       = { for track, group in aws_lb_target_group.track : track => group.arn }
}
