-- A schedule that fires a chain says which: its job is the chain's own, which never runs.
ALTER TABLE jobs.schedules ADD COLUMN chain_id text REFERENCES jobs.chains;
CREATE INDEX schedules_chain ON jobs.schedules (chain_id) WHERE chain_id IS NOT NULL AND deleted_at IS NULL;
