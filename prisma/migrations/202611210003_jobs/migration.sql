-- jobs: written by the runner. Jobs, runs, their events, and the inbox through which web asks.
CREATE TABLE jobs.jobs (
  organization_id text NOT NULL,
  id text PRIMARY KEY,
  workstation_id text NOT NULL,
  agent text NOT NULL,
  repository_id text,
  repository_url text,
  title text NOT NULL,
  prompt text NOT NULL,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX jobs_newest ON jobs.jobs (organization_id, created_at DESC);

CREATE TABLE jobs.runs (
  organization_id text NOT NULL,
  id text PRIMARY KEY,
  job_id text NOT NULL REFERENCES jobs.jobs,
  workstation_id text NOT NULL,
  agent text NOT NULL,
  state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'dispatching', 'running', 'awaiting_approval', 'awaiting_input',
    'rate_limited', 'needs_auth', 'cancelling', 'succeeded', 'failed', 'cancelled')),
  -- Fences a worker that has lost its lease: every move compares it.
  epoch integer NOT NULL DEFAULT 0,
  -- The agent's own session, to resume it; what it resumes when the run starts.
  session text,
  last_seq integer NOT NULL DEFAULT 0,
  result text NOT NULL DEFAULT '',
  error text NOT NULL DEFAULT '',
  resume_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  ended_at timestamptz
);
CREATE INDEX runs_job ON jobs.runs (job_id, created_at);
CREATE INDEX runs_live ON jobs.runs (organization_id, state) WHERE ended_at IS NULL;

-- What the agent is to be told, in order; `sent_at` when agentd has taken it. The id makes it happen once.
CREATE TABLE jobs.prompts (
  organization_id text NOT NULL,
  id text PRIMARY KEY,
  run_id text NOT NULL REFERENCES jobs.runs,
  number integer NOT NULL,
  text text NOT NULL,
  source text NOT NULL CHECK (source IN ('person', 'decision', 'platform')),
  -- The hold whose decision this is: one prompt per hold and end state.
  hold_id text,
  created_at timestamptz NOT NULL DEFAULT now(),
  sent_at timestamptz,
  UNIQUE (run_id, number)
);

CREATE TABLE jobs.events (
  organization_id text NOT NULL,
  run_id text NOT NULL REFERENCES jobs.runs,
  seq integer NOT NULL CHECK (seq >= 1),
  at timestamptz NOT NULL,
  body jsonb NOT NULL,
  PRIMARY KEY (run_id, seq)
);

CREATE TABLE jobs.workstations (
  organization_id text NOT NULL,
  workstation_id text PRIMARY KEY,
  connected boolean NOT NULL DEFAULT false,
  boot text,
  agentd_version text,
  agents jsonb NOT NULL DEFAULT '[]',
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE jobs.inbox (
  organization_id text NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  body jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  handled_at timestamptz,
  error text
);
CREATE INDEX inbox_open ON jobs.inbox (organization_id, id) WHERE handled_at IS NULL;

GRANT SELECT, INSERT, UPDATE ON jobs.jobs, jobs.runs, jobs.prompts, jobs.workstations TO nightgate_runner;
GRANT SELECT, INSERT ON jobs.events TO nightgate_runner;
GRANT SELECT, UPDATE ON jobs.inbox TO nightgate_runner;
GRANT SELECT ON jobs.jobs, jobs.runs, jobs.prompts, jobs.events, jobs.workstations TO nightgate_web;
GRANT INSERT (organization_id, body), SELECT ON jobs.inbox TO nightgate_web;
GRANT SELECT ON jobs.jobs, jobs.runs, jobs.prompts, jobs.events TO nightgate_gate;

CREATE TRIGGER announce AFTER INSERT OR UPDATE ON jobs.runs FOR EACH ROW EXECUTE FUNCTION nightgate_announce('id');
CREATE TRIGGER announce AFTER INSERT ON jobs.jobs FOR EACH ROW EXECUTE FUNCTION nightgate_announce('id');
CREATE TRIGGER announce AFTER INSERT ON jobs.events FOR EACH ROW EXECUTE FUNCTION nightgate_announce('run_id');
CREATE TRIGGER announce AFTER INSERT OR UPDATE ON jobs.workstations FOR EACH ROW EXECUTE FUNCTION nightgate_announce('workstation_id');
CREATE TRIGGER announce AFTER INSERT OR UPDATE OF error ON jobs.inbox FOR EACH ROW EXECUTE FUNCTION nightgate_announce('id');
