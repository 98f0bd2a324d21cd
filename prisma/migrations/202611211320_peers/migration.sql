-- Peers: agents that ask and tell each other. A message is durable before anybody hears of it; each stage of its way is a row that can be traced.
CREATE TABLE jobs.messages (
  organization_id text NOT NULL,
  id text PRIMARY KEY,
  -- What is asked of many at once has one group, and is answered together.
  group_id text,
  -- watch: the end of another run, which somebody wants to be told of.
  kind text NOT NULL CHECK (kind IN ('ask', 'notify', 'broadcast', 'watch')),
  state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'delivered', 'acknowledged', 'answered', 'expired', 'refused')),
  -- Who says it: the workstation is known, the run is its hint; or a person.
  from_workstation_id text,
  from_run_id text REFERENCES jobs.runs,
  from_person_id text,
  from_name text NOT NULL,
  -- As it was written, and what that meant.
  to_peer text NOT NULL CHECK (length(to_peer) BETWEEN 1 AND 200),
  to_workstation_id text NOT NULL,
  to_agent text,
  to_job_id text REFERENCES jobs.jobs,
  to_run_id text REFERENCES jobs.runs,
  -- The prompt that carries it; a new one when the run that had it ended before it was said.
  prompt_id text,
  text text NOT NULL CHECK (length(text) BETWEEN 1 AND 20000),
  -- Begins a run when the peer sleeps.
  wake boolean NOT NULL DEFAULT true,
  -- How many messages led to this one: a loop of agents ends at a limit.
  depth integer NOT NULL DEFAULT 1 CHECK (depth >= 1),
  deadline timestamptz NOT NULL,
  answer text,
  -- The last words of a run that ended without saying `answer`.
  answer_is_last_words boolean NOT NULL DEFAULT false,
  -- When the one who asked was told how it ended: by a wait or by a prompt, once.
  told_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  closed_at timestamptz
);
CREATE INDEX messages_from_run ON jobs.messages (from_run_id) WHERE told_at IS NULL;
CREATE INDEX messages_to_run ON jobs.messages (to_run_id, created_at);
CREATE INDEX messages_to_workstation ON jobs.messages (organization_id, to_workstation_id) WHERE closed_at IS NULL;
CREATE INDEX messages_deadline ON jobs.messages (organization_id, deadline) WHERE closed_at IS NULL;
CREATE INDEX messages_newest ON jobs.messages (organization_id, created_at DESC);
CREATE INDEX messages_group ON jobs.messages (group_id) WHERE group_id IS NOT NULL;
CREATE INDEX messages_prompt ON jobs.messages (prompt_id) WHERE prompt_id IS NOT NULL;

CREATE TABLE jobs.message_stages (
  organization_id text NOT NULL,
  message_id text NOT NULL REFERENCES jobs.messages ON DELETE CASCADE,
  number integer NOT NULL CHECK (number >= 1),
  stage text NOT NULL,
  run_id text,
  words text NOT NULL DEFAULT '',
  at timestamptz NOT NULL,
  PRIMARY KEY (message_id, number)
);

-- What a peer says it is good at.
CREATE TABLE jobs.peer_descriptions (
  organization_id text NOT NULL,
  workstation_id text NOT NULL,
  -- Empty for the workstation as a whole.
  agent text NOT NULL DEFAULT '',
  description text NOT NULL CHECK (length(description) <= 500),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workstation_id, agent)
);

-- What other agents say is neither a person's word nor the platform's.
ALTER TABLE jobs.prompts DROP CONSTRAINT prompts_source_check;
ALTER TABLE jobs.prompts ADD CONSTRAINT prompts_source_check CHECK (source IN ('person', 'decision', 'platform', 'peer'));

GRANT SELECT, INSERT, UPDATE, DELETE ON jobs.messages TO nightgate_runner;
GRANT SELECT, INSERT ON jobs.message_stages TO nightgate_runner;
GRANT SELECT, INSERT, UPDATE ON jobs.peer_descriptions TO nightgate_runner;
GRANT SELECT ON jobs.messages, jobs.message_stages, jobs.peer_descriptions TO nightgate_web;

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['messages', 'message_stages', 'peer_descriptions'] LOOP
    EXECUTE format('ALTER TABLE jobs.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE jobs.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY own_organization ON jobs.%I USING (organization_id = nightgate_organization()) WITH CHECK (organization_id = nightgate_organization())', name);
  END LOOP;
END $$;
CREATE TRIGGER announce AFTER INSERT OR UPDATE ON jobs.messages FOR EACH ROW EXECUTE FUNCTION nightgate_announce('id');
