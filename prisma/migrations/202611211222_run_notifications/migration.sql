-- What a message is about: a hold in a state, or a run. Of a run the gate reads the runner's row: good enough to tell somebody, never to decide.
ALTER TABLE gate.notifications
  ALTER COLUMN hold_id DROP NOT NULL,
  ALTER COLUMN hold_state DROP NOT NULL,
  ADD COLUMN run_id text,
  ADD COLUMN run_state text,
  -- Counts what became news of the run: a run may ask twice.
  ADD COLUMN run_turn integer,
  -- What it replaced on the device: a hold that was told as one of many ends as one of many.
  ADD COLUMN tag text NOT NULL DEFAULT '',
  ADD CONSTRAINT notifications_about CHECK (
    (hold_id IS NOT NULL AND hold_state IS NOT NULL AND run_id IS NULL)
    OR (hold_id IS NULL AND run_id IS NOT NULL AND run_state IS NOT NULL AND run_turn IS NOT NULL));
CREATE UNIQUE INDEX notifications_run ON gate.notifications (run_id, run_turn, subscription_id);

-- The state of a run that was told last.
CREATE TABLE gate.run_news (
  organization_id text NOT NULL,
  run_id text PRIMARY KEY,
  state text NOT NULL,
  turn integer NOT NULL,
  told_at timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON gate.run_news TO nightgate_gate;
ALTER TABLE gate.run_news ENABLE ROW LEVEL SECURITY;
ALTER TABLE gate.run_news FORCE ROW LEVEL SECURITY;
CREATE POLICY own_organization ON gate.run_news USING (organization_id = nightgate_organization()) WITH CHECK (organization_id = nightgate_organization());

-- When a person's devices stay silent: messages arrive then without a sound.
CREATE TABLE gate.quiet_hours (
  person_id text PRIMARY KEY REFERENCES gate.persons,
  from_minute integer NOT NULL CHECK (from_minute BETWEEN 0 AND 1439),
  until_minute integer NOT NULL CHECK (until_minute BETWEEN 0 AND 1439),
  time_zone text NOT NULL CHECK (length(time_zone) BETWEEN 1 AND 64)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON gate.quiet_hours TO nightgate_gate;
