-- Schedules: each fires runs of one job. A fire is written before its run is there, keyed by its instant: none happens twice.
CREATE TABLE jobs.schedules (
  organization_id text NOT NULL,
  id text PRIMARY KEY,
  job_id text NOT NULL REFERENCES jobs.jobs,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  -- Either an expression, or one instant in next_at.
  cron text,
  time_zone text NOT NULL,
  missed text NOT NULL DEFAULT 'coalesce' CHECK (missed IN ('coalesce', 'all', 'none')),
  overlap text NOT NULL DEFAULT 'skip' CHECK (overlap IN ('skip', 'queue', 'cancel-running')),
  -- fresh: a new session at each fire; resume: the last run's.
  continuity text NOT NULL DEFAULT 'fresh' CHECK (continuity IN ('fresh', 'resume')),
  -- A job that succeeds for ever is a runaway too: after so many it is paused, and a person asked.
  successes_max integer CHECK (successes_max > 0),
  successes integer NOT NULL DEFAULT 0,
  paused boolean NOT NULL DEFAULT false,
  pause_reason text NOT NULL DEFAULT '',
  -- Null when it will not fire again.
  next_at timestamptz,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);
CREATE INDEX schedules_next ON jobs.schedules (organization_id, next_at) WHERE next_at IS NOT NULL AND NOT paused AND deleted_at IS NULL;

CREATE TABLE jobs.fires (
  organization_id text NOT NULL,
  schedule_id text NOT NULL REFERENCES jobs.schedules,
  due_at timestamptz NOT NULL,
  fired_at timestamptz NOT NULL DEFAULT now(),
  outcome text NOT NULL CHECK (outcome IN ('run', 'overlap', 'missed')),
  run_id text REFERENCES jobs.runs,
  PRIMARY KEY (schedule_id, due_at)
);

GRANT SELECT, INSERT, UPDATE ON jobs.schedules TO nightgate_runner;
GRANT SELECT, INSERT ON jobs.fires TO nightgate_runner;
GRANT SELECT ON jobs.schedules, jobs.fires TO nightgate_web;

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['schedules', 'fires'] LOOP
    EXECUTE format('ALTER TABLE jobs.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE jobs.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY own_organization ON jobs.%I USING (organization_id = nightgate_organization()) WITH CHECK (organization_id = nightgate_organization())', name);
  END LOOP;
END $$;
CREATE TRIGGER announce AFTER INSERT OR UPDATE ON jobs.schedules FOR EACH ROW EXECUTE FUNCTION nightgate_announce('id');
