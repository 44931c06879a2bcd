# One service account for each part, with what it needs and no more.
locals {
  accounts = merge({
    executor    = "Runs leases"
    coordinator = "Grants leases and starts executors"
    },
    var.schedule == null ? {} : { scheduler = "Starts the coordinator's turns" },
    var.ingest == null ? {} : { ingest = "Makes records of events", events = "Delivers events to the ingest service" },
  )
  # Who reads which secret.
  readers = merge(
    var.kafka_secret == null ? {} : { executor = { account = "executor", secret = var.kafka_secret } },
    var.kafka_secret == null || var.ingest == null ? {} : { ingest = { account = "ingest", secret = var.kafka_secret } },
    var.jaas_secret == null ? {} : { coordinator = { account = "coordinator", secret = var.jaas_secret } },
  )
}

resource "google_service_account" "this" {
  for_each     = local.accounts
  account_id   = "${var.name}-${each.key}"
  display_name = "Mayfly ${each.key}"
  description  = each.value
}

resource "google_secret_manager_secret_iam_member" "reader" {
  for_each  = local.readers
  secret_id = each.value.secret
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.this[each.value.account].member
}

# Objects are created, compared, and their metadata completed; an older one of our own is replaced.
resource "google_storage_bucket_iam_member" "sink" {
  for_each = toset(var.sink_buckets)
  bucket   = each.key
  role     = "roles/storage.objectUser"
  member   = google_service_account.this["executor"].member
}

# storage.buckets.get, which no narrower predefined role for objects has.
resource "google_storage_bucket_iam_member" "sink_bucket" {
  for_each = toset(var.sink_buckets)
  bucket   = each.key
  role     = "roles/storage.bucketViewer"
  member   = google_service_account.this["executor"].member
}

resource "google_storage_bucket_iam_member" "landing" {
  for_each = toset(try(var.ingest.buckets, []))
  bucket   = each.key
  role     = "roles/storage.objectViewer"
  member   = google_service_account.this["ingest"].member
}

resource "google_cloud_run_v2_service_iam_member" "launch" {
  name     = google_cloud_run_v2_service.executor.name
  location = var.region
  role     = "roles/run.invoker"
  member   = google_service_account.this["coordinator"].member
}

resource "google_cloud_run_v2_job_iam_member" "turn" {
  count    = var.schedule == null ? 0 : 1
  name     = google_cloud_run_v2_job.turn[0].name
  location = var.region
  role     = "roles/run.invoker"
  member   = google_service_account.this["scheduler"].member
}

resource "google_cloud_run_v2_service_iam_member" "events" {
  count    = var.ingest == null ? 0 : 1
  name     = google_cloud_run_v2_service.ingest[0].name
  location = var.region
  role     = "roles/run.invoker"
  member   = google_service_account.this["events"].member
}

resource "google_project_iam_member" "events" {
  count   = length(try(var.ingest.buckets, [])) > 0 ? 1 : 0
  project = var.project
  role    = "roles/eventarc.eventReceiver"
  member  = google_service_account.this["events"].member
}
