-- Every statement of the embedded store, for SQLite ≥ 3.35. clock() is the store's clock, in seconds.
-- "{now}"-style formatting is never used: values are bound, names are fixed.

-- name: now
SELECT clock() AS now

-- -- jobs ------------------------------------------------------------------------------------------------------------

-- name: find_idempotent
SELECT job, fingerprint FROM idempotency WHERE project = :project AND key = :key AND expires_at > clock()

-- name: forget_idempotent
DELETE FROM idempotency WHERE project = :project AND key = :key

-- name: insert_idempotent
INSERT INTO idempotency (project, key, fingerprint, job, expires_at)
VALUES (:project, :key, :fingerprint, :job, clock() + :seconds)

-- name: count_open_jobs
-- Stops counting at the quota: nobody needs the exact number above it.
SELECT count(*) AS open FROM (SELECT 1 FROM jobs WHERE project = :project AND ended = 0 LIMIT :quota)

-- name: insert_job
INSERT INTO jobs (id, project, dialect, state, ended, priority, tag, options, notice_kind, notice_target, retain_seconds,
                  retain_from, created_at, items_open, pages_total, units_open, max_seconds)
VALUES (:id, :project, :dialect, 'accepted', 0, :priority, :tag, :options, :notice_kind, :notice_target, :retain_seconds,
        :retain_from, clock(), :items_open, :pages_total, :units_open, :max_seconds)

-- name: insert_item
INSERT INTO items (job, idx, name, source, media_type, pages, document_pages, error)
VALUES (:job, :idx, :name, :source, :media_type, :pages, :pages, :error)

-- name: insert_unit
INSERT INTO units (job, project, item, kind, state, priority, first_page, page_count, step)
VALUES (:job, :project, :item, :kind, :state, :priority, :first_page, :page_count, :step)

-- name: get_job
SELECT * FROM jobs WHERE id = :job AND project = :project

-- name: owner_of_job
SELECT project FROM jobs WHERE id = :job

-- name: get_items
SELECT * FROM items WHERE job = :job ORDER BY idx

-- name: list_jobs
-- Ids are ordered by time, so the id is the cursor.
SELECT * FROM jobs
WHERE project = :project AND id < :before
  AND (:tag IS NULL OR tag = :tag) AND (:dialect IS NULL OR dialect = :dialect)
  AND (:states IS NULL OR state IN (SELECT value FROM json_each(:states)))
ORDER BY id DESC LIMIT :limit

-- name: get_progress
SELECT id, state, ended, items_open, pages_total, pages_done, pages_failed FROM jobs
WHERE id = :job AND (:project IS NULL OR project = :project)

-- name: tag_job
UPDATE jobs SET tag = :tag, options = json_set(options, '$.tag', :tag) WHERE id = :job AND project = :project

-- name: cancel_job
UPDATE jobs SET state = 'cancelled', ended = 1, finished_at = clock(),
       expires_at = max(clock() + 3600, CASE retain_from WHEN 'accepted' THEN created_at ELSE clock() END + retain_seconds)
WHERE id = :job AND project = :project AND ended = 0
RETURNING id

-- name: cancel_units
UPDATE units SET state = 'cancelled', lease_token = NULL WHERE job = :job AND state IN ('waiting', 'leased', 'held')

-- name: first_limited_job
-- Looked at before the write lock is taken.
SELECT id FROM jobs WHERE ended = 0 AND max_seconds > 0 LIMIT 1

-- name: count_work
-- Worked on are jobs of which a unit is leased. A look that comes later than :most after the one before counts nothing:
-- nobody knows what was in between.
UPDATE jobs SET worked_seconds = worked_seconds + CASE WHEN clock() - worked_at <= :most THEN clock() - worked_at ELSE 0 END,
       worked_at = clock()
WHERE ended = 0 AND max_seconds > 0 AND id IN (SELECT job FROM units WHERE state = 'leased')

-- name: overdue_jobs
SELECT id, max_seconds FROM jobs WHERE ended = 0 AND max_seconds > 0 AND worked_seconds > max_seconds

-- name: job_overdue
UPDATE jobs SET state = 'failed', ended = 1, finished_at = clock(), error = :error,
       expires_at = max(clock() + 3600, CASE retain_from WHEN 'accepted' THEN created_at ELSE clock() END + retain_seconds)
WHERE id = :job AND ended = 0

-- name: delete_job
DELETE FROM jobs WHERE id = :job AND project = :project RETURNING id

-- name: delete_expired
DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE ended = 1 AND expires_at <= clock() LIMIT :limit) RETURNING id

-- name: known_jobs
SELECT id FROM jobs WHERE id IN (SELECT value FROM json_each(:jobs))

-- name: result_blobs
SELECT u.item, u.first_page, u.page_count, u.blob, u.error IS NOT NULL AS failed FROM units u JOIN jobs j ON j.id = u.job
WHERE u.job = :job AND j.project = :project AND u.kind = 'read' AND u.state = 'done'
ORDER BY u.item, u.first_page

-- name: get_export
SELECT e.* FROM exports e JOIN jobs j ON j.id = e.job
WHERE e.job = :job AND j.project = :project AND e.item = :item AND e.format = :format

-- name: export_under_way
SELECT id FROM units WHERE job = :job AND kind = 'publish' AND step = :step AND state IN ('waiting', 'leased', 'held')

-- name: insert_export
INSERT INTO exports (job, item, format, blob, size, error) VALUES (:job, :item, :format, :blob, :size, :error)
ON CONFLICT (job, item, format) DO UPDATE SET blob = excluded.blob, size = excluded.size, error = excluded.error

-- name: count_jobs
SELECT state, count(*) AS jobs FROM jobs GROUP BY state

-- name: count_units
SELECT state, count(*) AS units FROM units WHERE state IN ('waiting', 'leased') GROUP BY state

-- -- units -----------------------------------------------------------------------------------------------------------

-- name: claim_unit
-- The head of each project's lane, by priority and age; then the best lane. Callers say -10 to 10, calls that are
-- waited for have more. Between projects a caller's priority counts only where it stands back: nobody who asks for more
-- keeps another project waiting. Then the fewest running units, then age.
UPDATE units
SET state = 'leased', attempt = attempt + 1, lease_token = :token, lease_until = clock() + :seconds, holder = :holder
WHERE id = (
    SELECT head.id
    FROM (SELECT (SELECT u.id FROM units u
                  WHERE u.project = p.id AND u.state = 'waiting' AND u.not_before <= clock()
                  ORDER BY u.priority DESC, u.id LIMIT 1) AS head,
                 (SELECT count(*) FROM units r WHERE r.project = p.id AND r.state = 'leased') AS running
          FROM projects p) AS lane
    JOIN units head ON head.id = lane.head
    ORDER BY max(head.priority, 10) DESC, min(head.priority, 0) DESC, lane.running, head.id LIMIT 1)
RETURNING id, job, project, item, kind, attempt, first_page, page_count, step

-- name: job_started
UPDATE jobs SET started_at = coalesce(started_at, clock()), state = :state
WHERE id = :job AND (state = 'accepted' OR (:state = 'running' AND state IN ('preparing', 'waiting')))

-- name: lease_details
SELECT j.id, j.dialect, j.options, j.state, j.items_open, j.pages_total, j.pages_done, j.pages_failed, i.source, i.media_type
FROM jobs j LEFT JOIN items i ON i.job = j.id AND i.idx = :item WHERE j.id = :job

-- name: renew_lease
UPDATE units SET lease_until = clock() + :seconds WHERE id = :unit AND lease_token = :token AND state = 'leased'

-- name: release_holder
UPDATE units SET state = 'waiting', lease_token = NULL, holder = NULL WHERE state = 'leased' AND holder = :holder

-- name: release_expired
UPDATE units SET state = 'waiting', lease_token = NULL, holder = NULL WHERE state = 'leased' AND lease_until < clock()

-- name: holders
SELECT DISTINCT holder FROM units WHERE state = 'leased' AND holder IS NOT NULL

-- name: held_unit
SELECT kind, attempt, item, first_page, page_count, priority FROM units
WHERE id = :unit AND lease_token = :token AND state = 'leased'

-- name: unit_done
UPDATE units SET state = :state, blob = :blob, lease_token = NULL, holder = NULL, error = :error
WHERE id = :unit AND lease_token = :token AND state = 'leased'
RETURNING id

-- name: unit_retried
UPDATE units SET state = 'waiting', lease_token = NULL, holder = NULL, not_before = clock() + :delay, error = :error
WHERE id = :unit AND lease_token = :token AND state = 'leased'

-- name: item_prepared
UPDATE items SET source = :source, media_type = :media_type, pages = :pages, document_pages = :document_pages
WHERE job = :job AND idx = :item

-- name: item_failed
UPDATE items SET error = :error WHERE job = :job AND idx = :item

-- name: item_read
UPDATE items SET pages_done = pages_done + :done, pages_failed = pages_failed + :failed WHERE job = :job AND idx = :item

-- name: job_prepared
UPDATE jobs SET pages_total = pages_total + :pages, items_open = items_open - 1, units_open = units_open + :units - 1,
       state = CASE WHEN items_open = 1 AND state IN ('accepted', 'preparing') THEN 'waiting' ELSE state END
WHERE id = :job
RETURNING units_open, ended

-- name: job_read
UPDATE jobs SET pages_done = pages_done + :done, pages_failed = pages_failed + :failed,
       pages_with_text = pages_with_text + :with_text, page_error = coalesce(page_error, :error),
       units_open = units_open - 1
WHERE id = :job
RETURNING units_open, ended

-- name: job_split
UPDATE jobs SET units_open = units_open + 1 WHERE id = :job

-- name: job_published
UPDATE jobs SET publish_error = coalesce(publish_error, :error),
       units_open = CASE ended WHEN 0 THEN units_open - 1 ELSE units_open END
WHERE id = :job
RETURNING units_open, ended

-- name: drop_held
-- An item that could not be opened has nothing to publish.
UPDATE units SET state = 'cancelled'
WHERE job = :job AND state = 'held' AND item IN (SELECT idx FROM items WHERE job = :job AND error IS NOT NULL)

-- name: release_held
UPDATE units SET state = 'waiting' WHERE job = :job AND state = 'held'

-- name: job_publishing
UPDATE jobs SET state = 'publishing', units_open = :units WHERE id = :job AND ended = 0

-- name: job_finished
UPDATE jobs SET ended = 1, finished_at = clock(),
       expires_at = max(clock() + 3600, CASE retain_from WHEN 'accepted' THEN created_at ELSE clock() END + retain_seconds),
       error = coalesce((SELECT error FROM items WHERE job = :job AND error IS NOT NULL ORDER BY idx LIMIT 1),
                        page_error, publish_error),
       state = CASE
           WHEN page_error IS NULL AND publish_error IS NULL
                AND NOT EXISTS (SELECT 1 FROM items WHERE job = :job AND error IS NOT NULL) THEN 'succeeded'
           WHEN pages_done > pages_failed THEN 'partially_succeeded'
           ELSE 'failed' END
WHERE id = :job AND ended = 0

-- -- notices ---------------------------------------------------------------------------------------------------------

-- name: insert_notice
-- Written in the transaction that ends the job.
INSERT INTO outbox (job, project, dialect, kind, target, state, next_at, created_at)
SELECT id, project, dialect, notice_kind, notice_target, 'pending', clock(), clock() FROM jobs
WHERE id = :job AND notice_target IS NOT NULL

-- name: first_due_notice
-- Looked at before the write lock is taken: there is almost never one.
SELECT id FROM outbox WHERE state = 'pending' AND next_at <= clock() LIMIT 1

-- name: due_notices
UPDATE outbox SET attempt = attempt + 1, next_at = clock() + :seconds
WHERE id IN (SELECT id FROM outbox WHERE state = 'pending' AND next_at <= clock() ORDER BY next_at LIMIT :limit)
RETURNING id, job, project, dialect, kind, target, attempt

-- name: notice_settled
UPDATE outbox SET state = :state, next_at = coalesce(:retry_at, next_at) WHERE id = :id

-- name: insert_delivery
INSERT INTO deliveries (notice, at, attempt, outcome, status, error)
VALUES (:notice, :at, :attempt, :outcome, :status, :error)

-- name: list_deliveries
SELECT d.at, d.attempt, d.outcome, d.status, d.error FROM deliveries d JOIN outbox o ON o.id = d.notice
WHERE o.job = :job AND o.project = :project ORDER BY d.id

-- name: count_notices
SELECT count(*) AS pending FROM outbox WHERE state = 'pending'

-- -- projects, credentials, buckets, objects ---------------------------------------------------------------------------

-- name: insert_project
INSERT INTO projects (id, webhook_secret, created_at) VALUES (:project, :webhook_secret, clock())
ON CONFLICT (id) DO NOTHING

-- name: list_projects
SELECT id FROM projects ORDER BY id

-- name: get_webhook_secret
SELECT webhook_secret FROM projects WHERE id = :project

-- name: insert_credential
INSERT INTO credentials (identifier, kind, key_set, project, secret, created_at, expires_at)
VALUES (:identifier, :kind, :key_set, :project, :secret, clock(), :expires_at)

-- name: get_credential
SELECT * FROM credentials
WHERE identifier = :identifier AND kind = :kind AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock())

-- name: list_credentials
SELECT * FROM credentials WHERE :project IS NULL OR project = :project ORDER BY created_at, key_set, kind

-- name: revoke_credentials
UPDATE credentials SET revoked_at = clock() WHERE key_set = :key_set AND revoked_at IS NULL

-- name: first_expired_credential
-- Looked at before the write lock is taken.
SELECT identifier FROM credentials WHERE expires_at <= clock() LIMIT 1

-- name: delete_expired_credentials
DELETE FROM credentials WHERE expires_at <= clock()

-- name: insert_bucket
INSERT INTO buckets (name, project, url, endpoint, profile, retention_days, governed, created_at)
VALUES (:name, :project, :url, :endpoint, :profile, :retention_days, :governed, clock())
ON CONFLICT (name) DO NOTHING

-- name: change_bucket
UPDATE buckets SET retention_days = :retention_days, governed = :governed WHERE name = :name

-- name: get_bucket
SELECT * FROM buckets WHERE name = :name

-- name: list_buckets
SELECT * FROM buckets WHERE :project IS NULL OR project = :project ORDER BY name

-- name: delete_bucket
DELETE FROM buckets WHERE name = :name

-- name: delete_empty_bucket
DELETE FROM buckets WHERE name = :name AND NOT EXISTS (SELECT 1 FROM objects WHERE bucket = :name)

-- name: get_object
SELECT * FROM objects WHERE bucket = :bucket AND key = :key

-- name: get_object_kept
-- The object, and until when its bucket lets nobody delete or replace it; NULL when it does not.
SELECT o.*, b.retention_days,
       CASE WHEN o.created_at + b.retention_days * 86400.0 > clock()
            THEN o.created_at + b.retention_days * 86400.0 END AS kept_until
FROM objects o JOIN buckets b ON b.name = o.bucket WHERE o.bucket = :bucket AND o.key = :key

-- name: last_object_kept
-- The object that its bucket keeps longest, if it keeps any now.
SELECT o.key, b.retention_days, o.created_at + b.retention_days * 86400.0 AS kept_until
FROM objects o JOIN buckets b ON b.name = o.bucket
WHERE o.bucket = :bucket AND b.retention_days > 0 AND o.created_at + b.retention_days * 86400.0 > clock()
ORDER BY o.created_at DESC LIMIT 1

-- name: put_object
INSERT INTO objects (bucket, key, size, content_type, crc32c, etag, generation, blob, created_at)
VALUES (:bucket, :key, :size, :content_type, :crc32c, :etag, :generation, :blob, coalesce(:created_at, clock()))
ON CONFLICT (bucket, key) DO UPDATE SET size = excluded.size, content_type = excluded.content_type,
    crc32c = excluded.crc32c, etag = excluded.etag, generation = excluded.generation, blob = excluded.blob,
    created_at = excluded.created_at

-- name: list_objects
SELECT * FROM objects
WHERE bucket = :bucket AND key > :after AND substr(key, 1, length(:prefix)) = :prefix ORDER BY key LIMIT :limit

-- name: delete_object
DELETE FROM objects WHERE bucket = :bucket AND key = :key

-- -- resources of Distributed Cloud --------------------------------------------------------------------------------------

-- name: put_resource
INSERT INTO resources (kind, namespace, name, manifest, created_at)
VALUES (:kind, :namespace, :name, :manifest, clock())
ON CONFLICT (kind, namespace, name) DO UPDATE SET manifest = excluded.manifest

-- name: list_resources
SELECT * FROM resources
WHERE kind = :kind AND (:namespace IS NULL OR namespace = :namespace) AND (:name IS NULL OR name = :name)
ORDER BY namespace, name

-- name: delete_bucket_resource
DELETE FROM resources WHERE kind = 'Bucket' AND name = :name

-- name: delete_resource
DELETE FROM resources WHERE kind = :kind AND namespace = :namespace AND name = :name

-- name: project_in_use
SELECT 'buckets' AS what FROM buckets WHERE project = :project
UNION SELECT 'jobs' FROM jobs WHERE project = :project LIMIT 1

-- name: delete_project_resources
DELETE FROM resources WHERE namespace = :project OR (kind = 'Project' AND name = :project)

-- name: delete_project_credentials
DELETE FROM credentials WHERE project = :project

-- name: delete_project
DELETE FROM projects WHERE id = :project
