-- Calls of verbs, by agents and by people: the same id of the same caller is done once and answers the same. Kept for a week.
CREATE TABLE jobs.verb_calls (
  organization_id text NOT NULL,
  -- A workstation or a person.
  caller text NOT NULL CHECK (length(caller) BETWEEN 1 AND 64),
  id text NOT NULL CHECK (id ~ '^[A-Za-z0-9_-]{16,64}$'),
  verb text NOT NULL CHECK (length(verb) BETWEEN 1 AND 64),
  -- {ok, result} or {ok, problem}; null while it waits for something to happen.
  outcome jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, caller, id)
);
CREATE INDEX verb_calls_oldest ON jobs.verb_calls (organization_id, created_at);

-- What an agent has made knows whose it is: who may see it, who is told of its end, and how deep such making has gone.
ALTER TABLE jobs.jobs
  ADD COLUMN parent_run_id text REFERENCES jobs.runs,
  ADD COLUMN notify_parent boolean NOT NULL DEFAULT false,
  ADD COLUMN depth integer NOT NULL DEFAULT 0 CHECK (depth BETWEEN 0 AND 100);
CREATE INDEX jobs_parent ON jobs.jobs (parent_run_id) WHERE parent_run_id IS NOT NULL;
-- Words that a schedule says to a job's own session, instead of beginning the job anew.
ALTER TABLE jobs.schedules ADD COLUMN message text;

GRANT SELECT, INSERT, UPDATE, DELETE ON jobs.verb_calls TO nightgate_runner;
GRANT SELECT ON jobs.verb_calls TO nightgate_web;
-- The zone in which a schedule is meant when it names none.
GRANT SELECT (organization_id, time_zone) ON control.organizations TO nightgate_runner;

ALTER TABLE jobs.verb_calls ENABLE ROW LEVEL SECURITY;
ALTER TABLE jobs.verb_calls FORCE ROW LEVEL SECURITY;
CREATE POLICY own_organization ON jobs.verb_calls USING (organization_id = nightgate_organization()) WITH CHECK (organization_id = nightgate_organization());
CREATE TRIGGER announce AFTER INSERT OR UPDATE OF outcome ON jobs.verb_calls FOR EACH ROW EXECUTE FUNCTION nightgate_announce('id');
