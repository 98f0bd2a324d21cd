-- What agents, and the run engine itself, say to people: questions that wait for an answer, and notes that wait for nobody.
CREATE TABLE jobs.human_messages (
  organization_id text NOT NULL,
  id text PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('question', 'note')),
  -- Why it is asked, which is what an answer does: agent, question (a turn that ended on one) and result go back to the agent as they are;
  -- stalled wakes it or ends it, budget extends the run's, night the organization's, repeats lets a schedule go on.
  purpose text NOT NULL DEFAULT 'agent' CHECK (purpose IN ('agent', 'question', 'result', 'stalled', 'budget', 'night', 'repeats')),
  run_id text REFERENCES jobs.runs,
  job_id text,
  workstation_id text,
  text text NOT NULL CHECK (length(text) BETWEEN 1 AND 20000),
  -- Answers that are offered, as texts; any other text is an answer too.
  choices jsonb NOT NULL DEFAULT '[]',
  -- What an answer needs to know, by purpose.
  detail jsonb NOT NULL DEFAULT '{}',
  urgent boolean NOT NULL DEFAULT false,
  -- A channel by name, where the agent has named one.
  channel text,
  -- Unanswered until then, it is answered "nobody answered: no".
  deadline timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  answered_at timestamptz,
  answer text,
  answered_by text,
  -- deadline, run-ended, words (a person sent words instead), withdrawn.
  closed_reason text,
  -- When the agent was told the answer, by its next prompt or by the call that waited for it: never both.
  told_at timestamptz,
  CHECK (answered_at IS NULL OR answer IS NOT NULL)
);
CREATE INDEX human_messages_newest ON jobs.human_messages (organization_id, created_at DESC);
CREATE INDEX human_messages_open ON jobs.human_messages (organization_id, created_at)
  WHERE kind = 'question' AND answered_at IS NULL AND closed_reason IS NULL;
CREATE INDEX human_messages_run ON jobs.human_messages (run_id) WHERE run_id IS NOT NULL;

-- What the run engine did with a run and why: beside the events, which the workstation alone writes. Named, so that each is written once.
CREATE TABLE jobs.marks (
  organization_id text NOT NULL,
  run_id text NOT NULL REFERENCES jobs.runs,
  id text NOT NULL CHECK (length(id) BETWEEN 1 AND 200),
  kind text NOT NULL,
  text text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (run_id, id)
);

ALTER TABLE jobs.jobs
  -- What there must be when it ends well.
  ADD COLUMN expects text CHECK (expects IN ('branch', 'pull_request', 'result')),
  -- Null is without a limit.
  ADD COLUMN budget_dollars double precision CHECK (budget_dollars > 0),
  ADD COLUMN budget_work_seconds integer CHECK (budget_work_seconds > 0),
  -- Begins also outside of the night's window.
  ADD COLUMN any_time boolean NOT NULL DEFAULT false;

ALTER TABLE jobs.runs
  -- How far it says it is: its words, and a part of a hundred.
  ADD COLUMN progress text NOT NULL DEFAULT '',
  ADD COLUMN percent integer CHECK (percent BETWEEN 0 AND 100),
  ADD COLUMN progress_at timestamptz,
  -- What the agent says of its own end: {status, summary, artifacts}.
  ADD COLUMN claim jsonb,
  ADD COLUMN claimed_at timestamptz,
  -- The job's, and what people have added to it.
  ADD COLUMN expects text CHECK (expects IN ('branch', 'pull_request', 'result')),
  ADD COLUMN budget_dollars double precision,
  ADD COLUMN budget_work_seconds integer,
  ADD COLUMN any_time boolean NOT NULL DEFAULT false;

-- The night of an organization: between `starts_at` and `ends_at` of its zone runs begin and resume. No row: always.
CREATE TABLE jobs.nights (
  organization_id text PRIMARY KEY,
  time_zone text NOT NULL CHECK (length(time_zone) BETWEEN 1 AND 64),
  -- Minutes after midnight. Both null: runs begin at any time, and only the budget counts, from noon to noon.
  starts_at integer CHECK (starts_at BETWEEN 0 AND 1439),
  ends_at integer CHECK (ends_at BETWEEN 0 AND 1439),
  -- So long before the end, those at work are asked to wrap up and nothing begins any more.
  wrap_up_minutes integer NOT NULL DEFAULT 15 CHECK (wrap_up_minutes BETWEEN 0 AND 240),
  budget_dollars double precision CHECK (budget_dollars > 0),
  -- What people have added, and to which night.
  extra_dollars double precision NOT NULL DEFAULT 0,
  extra_night text,
  updated_by text NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((starts_at IS NULL) = (ends_at IS NULL)),
  CHECK (starts_at IS NULL OR starts_at <> ends_at)
);

GRANT SELECT, INSERT, UPDATE ON jobs.human_messages, jobs.nights TO nightgate_runner;
GRANT SELECT, INSERT ON jobs.marks TO nightgate_runner;
GRANT SELECT ON jobs.human_messages, jobs.marks, jobs.nights TO nightgate_web;
GRANT SELECT ON jobs.human_messages, jobs.nights TO nightgate_gate;

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['human_messages', 'marks', 'nights'] LOOP
    EXECUTE format('ALTER TABLE jobs.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE jobs.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY own_organization ON jobs.%I USING (organization_id = nightgate_organization()) WITH CHECK (organization_id = nightgate_organization())', name);
  END LOOP;
END $$;
CREATE TRIGGER announce AFTER INSERT OR UPDATE ON jobs.human_messages FOR EACH ROW EXECUTE FUNCTION nightgate_announce('id');
CREATE TRIGGER announce AFTER INSERT ON jobs.marks FOR EACH ROW EXECUTE FUNCTION nightgate_announce('run_id');
CREATE TRIGGER announce AFTER INSERT OR UPDATE ON jobs.nights FOR EACH ROW EXECUTE FUNCTION nightgate_announce('organization_id');

-- When a provider says that its limit ends.
ALTER TABLE gate.model_calls ADD COLUMN reset_at timestamptz;
CREATE INDEX model_calls_resets ON gate.model_calls (organization_id, resource_id, id DESC) WHERE reset_at IS NOT NULL;
CREATE OR REPLACE VIEW gate.model_call_view AS SELECT organization_id, id, workstation_id, run_id, resource_id, model, status, input_tokens,
  cached_input_tokens, output_tokens, retry_after_seconds, created_at, reset_at FROM gate.model_calls;
