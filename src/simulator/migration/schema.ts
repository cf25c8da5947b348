/** Storage account, provided containers, import jobs and what they told. */
export const schema: readonly string[] = [
  'CREATE TABLE IF NOT EXISTS migration_account (name TEXT PRIMARY KEY, account_key TEXT NOT NULL) STRICT, WITHOUT ROWID',
  `CREATE TABLE IF NOT EXISTS migration_containers (
    name TEXT PRIMARY KEY,
    pair_id TEXT NOT NULL,
    role TEXT NOT NULL,
    site_id TEXT NOT NULL,
    encryption_key TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    job_id TEXT
  ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS migration_jobs (
    job_id TEXT PRIMARY KEY,
    site_id TEXT NOT NULL,
    web_id TEXT NOT NULL,
    content_uri TEXT NOT NULL,
    manifest_uri TEXT NOT NULL,
    encryption_key TEXT NOT NULL,
    submitted_by TEXT NOT NULL,
    script TEXT NOT NULL,
    state TEXT NOT NULL,
    queued_ms INTEGER NOT NULL,
    ready_ms INTEGER NOT NULL,
    ended_ms INTEGER,
    retry_count INTEGER NOT NULL,
    ordinal INTEGER NOT NULL
  ) STRICT`,
  'CREATE INDEX IF NOT EXISTS migration_jobs_state ON migration_jobs (state, ordinal)',
  `CREATE TABLE IF NOT EXISTS migration_events (
    event_no INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id TEXT NOT NULL,
    log TEXT NOT NULL
  ) STRICT`,
  'CREATE INDEX IF NOT EXISTS migration_events_job ON migration_events (job_id, event_no)',
]
