output "executor_url" {
  value       = google_cloud_run_v2_service.executor.uri
  description = "Where the coordinator sends invitations."
}

output "ingest_url" {
  value       = one(google_cloud_run_v2_service.ingest[*].uri)
  description = "Where events are delivered."
}

output "accounts" {
  value       = { for name, account in google_service_account.this : name => account.email }
  description = "The service accounts."
}
