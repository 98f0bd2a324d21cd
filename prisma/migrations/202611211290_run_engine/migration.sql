-- The run engine: what a run waits for, how long it may take, how often it is tried, and the locks of which only so many runs may be at work.
ALTER TABLE jobs.runs DROP CONSTRAINT runs_state_check;
ALTER TABLE jobs.runs ADD CONSTRAINT runs_state_check CHECK (state IN ('scheduled', 'blocked', 'queued', 'dispatching', 'running',
  'awaiting_approval', 'awaiting_input', 'rate_limited', 'needs_auth', 'stalled', 'cancelling',
  'succeeded', 'failed', 'cancelled', 'timed_out', 'skipped', 'upstream_failed'));

ALTER TABLE jobs.jobs
  ADD COLUMN priority integer NOT NULL DEFAULT 0 CHECK (priority BETWEEN -100 AND 100),
  -- Of work, not of waiting: the clock stands still while a person is awaited.
  ADD COLUMN timeout_seconds integer NOT NULL DEFAULT 43200 CHECK (timeout_seconds BETWEEN 1 AND 604800),
  ADD COLUMN retries_max integer NOT NULL DEFAULT 0 CHECK (retries_max BETWEEN 0 AND 20),
  ADD COLUMN backoff_seconds integer NOT NULL DEFAULT 60 CHECK (backoff_seconds BETWEEN 1 AND 86400),
  -- Those that the person named, each {name, scope, capacity}.
  ADD COLUMN locks jsonb NOT NULL DEFAULT '[]';

ALTER TABLE jobs.runs
  ADD COLUMN attempt integer NOT NULL DEFAULT 1,
  ADD COLUMN priority integer NOT NULL DEFAULT 0,
  ADD COLUMN timeout_seconds integer NOT NULL DEFAULT 43200,
  -- Keys of every lock that it has while it is at work: the organization's slots, its workstation's, its folder's, and the named ones.
  ADD COLUMN locks text[] NOT NULL DEFAULT '{}',
  -- Does not begin before this.
  ADD COLUMN due_at timestamptz,
  ADD COLUMN queued_at timestamptz NOT NULL DEFAULT now(),
  -- Time at work so far, and since when it has been at work now.
  ADD COLUMN worked_ms bigint NOT NULL DEFAULT 0,
  ADD COLUMN work_since timestamptz,
  -- A result that came when the run was over already.
  ADD COLUMN late_result text NOT NULL DEFAULT '';
UPDATE jobs.runs SET work_since = now() WHERE state IN ('dispatching', 'running', 'cancelling');

CREATE INDEX runs_claimable ON jobs.runs (organization_id, priority DESC, queued_at, id) WHERE state = 'queued';
CREATE INDEX runs_at_work ON jobs.runs (organization_id) WHERE state IN ('dispatching', 'running', 'cancelling');
CREATE INDEX runs_due ON jobs.runs (organization_id, due_at) WHERE state = 'scheduled';

-- Which runs a run needs. It begins when they have all ended well, or, if it says so, however they ended.
CREATE TABLE jobs.needs (
  organization_id text NOT NULL,
  run_id text NOT NULL REFERENCES jobs.runs,
  needed_run_id text NOT NULL REFERENCES jobs.runs,
  PRIMARY KEY (run_id, needed_run_id),
  CHECK (run_id <> needed_run_id)
);
CREATE INDEX needs_needed ON jobs.needs (needed_run_id);
ALTER TABLE jobs.runs ADD COLUMN needs_always boolean NOT NULL DEFAULT false;

-- How many runs with this key may be at work. Who has a lock is not stored twice: it is the runs at work that name it.
CREATE TABLE jobs.locks (
  organization_id text NOT NULL,
  key text NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
  capacity integer NOT NULL CHECK (capacity BETWEEN 1 AND 10000),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, key)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON jobs.needs TO nightgate_runner;
GRANT SELECT, INSERT, UPDATE ON jobs.locks TO nightgate_runner;
GRANT SELECT ON jobs.needs, jobs.locks TO nightgate_web;

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['needs', 'locks'] LOOP
    EXECUTE format('ALTER TABLE jobs.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE jobs.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY own_organization ON jobs.%I USING (organization_id = nightgate_organization()) WITH CHECK (organization_id = nightgate_organization())', name);
  END LOOP;
END $$;
CREATE TRIGGER announce AFTER INSERT OR UPDATE ON jobs.locks FOR EACH ROW EXECUTE FUNCTION nightgate_announce('key');
