-- A job may keep its locks while it waits. Who has its locks is one column, which the claim, the pages and the verbs ask alike.
ALTER TABLE jobs.jobs ADD COLUMN keeps_locks boolean NOT NULL DEFAULT false;
ALTER TABLE jobs.runs ADD COLUMN keeps_locks boolean NOT NULL DEFAULT false;
ALTER TABLE jobs.runs ADD COLUMN has_locks boolean NOT NULL GENERATED ALWAYS AS (
  state IN ('dispatching', 'running', 'cancelling') OR (keeps_locks AND started_at IS NOT NULL AND ended_at IS NULL)) STORED;
CREATE INDEX runs_with_locks ON jobs.runs (organization_id) WHERE has_locks;

CREATE OR REPLACE VIEW jobs.queue_view AS
SELECT r.organization_id, r.id AS run_id,
  CASE
    WHEN EXISTS (SELECT FROM jobs.human_messages m WHERE m.purpose = 'night' AND m.organization_id = r.organization_id
      AND m.created_at > now() - interval '1 day' AND (m.answered_at IS NULL OR m.closed_reason IS NOT NULL)) THEN 'budget'
    WHEN n.starts_at IS NOT NULL AND NOT r.any_time AND (n.minute - n.starts_at + 1440) % 1440 >= (n.ends_at - n.wrap_up_minutes - n.starts_at + 1440) % 1440 THEN 'night'
    WHEN NOT coalesce(w.connected, false) THEN 'workstation'
    WHEN l.key IS NOT NULL THEN 'lock'
    ELSE 'turn'
  END AS why,
  l.key AS lock_key,
  l.run_id AS lock_run,
  CASE WHEN n.starts_at IS NOT NULL THEN lpad((n.starts_at / 60)::text, 2, '0') || ':' || lpad((n.starts_at % 60)::text, 2, '0') || ' ' || n.time_zone END AS opens
FROM jobs.runs r
LEFT JOIN jobs.workstations w ON w.workstation_id = r.workstation_id
LEFT JOIN (SELECT *, (extract(hour FROM now() AT TIME ZONE time_zone) * 60 + extract(minute FROM now() AT TIME ZONE time_zone))::integer AS minute
  FROM jobs.nights) n ON n.organization_id = r.organization_id
LEFT JOIN LATERAL (
  SELECT k.key, min(o.id) AS run_id FROM jobs.locks k
  JOIN jobs.runs o ON o.organization_id = k.organization_id AND k.key = ANY(o.locks) AND o.has_locks
  WHERE k.organization_id = r.organization_id AND k.key = ANY(r.locks) AND NOT r.has_locks
  GROUP BY k.key, k.capacity HAVING count(*) >= k.capacity ORDER BY k.key DESC LIMIT 1
) l ON true
WHERE r.state = 'queued';
