-- Why a queued run has not begun: for people and verbs. Computed when it is asked for; nothing decides by it.
CREATE VIEW jobs.queue_view AS
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
  JOIN jobs.runs o ON o.organization_id = k.organization_id AND k.key = ANY(o.locks) AND o.state IN ('dispatching', 'running', 'cancelling')
  WHERE k.organization_id = r.organization_id AND k.key = ANY(r.locks)
  GROUP BY k.key, k.capacity HAVING count(*) >= k.capacity ORDER BY k.key DESC LIMIT 1
) l ON true
WHERE r.state = 'queued';
GRANT SELECT ON jobs.queue_view TO nightgate_runner, nightgate_web;
