-- Chains: a document of jobs that need each other, its nights, and what became of each job in each of them.

-- What a job's runs do. A command and a builtin have no model. A chain's own job never runs: it is what its schedules fire.
ALTER TABLE jobs.jobs
  ADD COLUMN kind text NOT NULL DEFAULT 'agent' CHECK (kind IN ('agent', 'command', 'builtin', 'chain')),
  -- What the kind needs to know: a command's path, limits and variables; a builtin's name and arguments; an agent's prompt file.
  ADD COLUMN work jsonb;

CREATE TABLE jobs.chains (
  organization_id text NOT NULL,
  id text PRIMARY KEY,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
  -- As it was applied, with its comments.
  document text NOT NULL,
  -- Its jobs and schedules in the order of the file, for pages: made from the document.
  plan jsonb NOT NULL,
  workstation_id text NOT NULL,
  repository_id text,
  repository_url text,
  -- Where its prompt files and scripts lie: below the repository's folder, or below the home folder.
  folder text NOT NULL DEFAULT '',
  enabled boolean NOT NULL DEFAULT true,
  -- The job that its schedules fire.
  job_id text NOT NULL REFERENCES jobs.jobs,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);
CREATE UNIQUE INDEX chains_name ON jobs.chains (organization_id, name) WHERE deleted_at IS NULL;
CREATE INDEX chains_job ON jobs.chains (job_id);

CREATE TABLE jobs.chain_runs (
  organization_id text NOT NULL,
  id text PRIMARY KEY,
  chain_id text NOT NULL REFERENCES jobs.chains,
  -- A chain may be changed while one of its nights goes on: that night goes on as it began.
  document text NOT NULL,
  -- What expressions see: the scheduled instant, the chain's zone, and why it was fired.
  fire_at timestamptz NOT NULL,
  time_zone text NOT NULL,
  reason text NOT NULL CHECK (reason IN ('schedule', 'manual')),
  -- queued: waits for the night before it.
  state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'cancelling', 'succeeded', 'failed', 'cancelled')),
  started_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  ended_at timestamptz
);
CREATE INDEX chain_runs_newest ON jobs.chain_runs (chain_id, created_at DESC);
CREATE INDEX chain_runs_live ON jobs.chain_runs (organization_id, created_at) WHERE ended_at IS NULL;

CREATE TABLE jobs.chain_jobs (
  organization_id text NOT NULL,
  chain_run_id text NOT NULL REFERENCES jobs.chain_runs,
  -- `review`, or `review (node, linux)` where a matrix made it.
  key text NOT NULL CHECK (length(key) BETWEEN 1 AND 500),
  position integer NOT NULL,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'triage', 'running', 'succeeded', 'failed', 'timed_out',
    'skipped', 'upstream_failed', 'cancelled')),
  triage_run_id text REFERENCES jobs.runs,
  -- GREEN, YELLOW, RED, or ERROR.
  triage_outcome text CHECK (triage_outcome IN ('GREEN', 'YELLOW', 'RED', 'ERROR')),
  -- Its latest attempt.
  run_id text REFERENCES jobs.runs,
  result text NOT NULL DEFAULT '',
  error text NOT NULL DEFAULT '',
  started_at timestamptz,
  ended_at timestamptz,
  PRIMARY KEY (chain_run_id, key)
);
CREATE INDEX chain_jobs_run ON jobs.chain_jobs (run_id) WHERE run_id IS NOT NULL;
CREATE INDEX chain_jobs_triage ON jobs.chain_jobs (triage_run_id) WHERE triage_run_id IS NOT NULL;

-- A fire of a chain's schedule begins a night of it instead of a run.
ALTER TABLE jobs.fires ADD COLUMN chain_run_id text REFERENCES jobs.chain_runs;

GRANT SELECT, INSERT, UPDATE ON jobs.chains, jobs.chain_runs, jobs.chain_jobs TO nightgate_runner;
GRANT SELECT ON jobs.chains, jobs.chain_runs, jobs.chain_jobs TO nightgate_web;

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['chains', 'chain_runs', 'chain_jobs'] LOOP
    EXECUTE format('ALTER TABLE jobs.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE jobs.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY own_organization ON jobs.%I USING (organization_id = nightgate_organization()) WITH CHECK (organization_id = nightgate_organization())', name);
  END LOOP;
END $$;
CREATE TRIGGER announce AFTER INSERT OR UPDATE ON jobs.chains FOR EACH ROW EXECUTE FUNCTION nightgate_announce('id');
CREATE TRIGGER announce AFTER INSERT OR UPDATE ON jobs.chain_runs FOR EACH ROW EXECUTE FUNCTION nightgate_announce('id');
CREATE TRIGGER announce AFTER INSERT OR UPDATE ON jobs.chain_jobs FOR EACH ROW EXECUTE FUNCTION nightgate_announce('chain_run_id');
