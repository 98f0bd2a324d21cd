-- Memory: what agents write down for each other, small and shared. Every change keeps what was before and can be undone.
CREATE TABLE jobs.memories (
  organization_id text NOT NULL,
  id text PRIMARY KEY,
  -- Empty for the whole organization, otherwise the repository that it is about.
  scope text NOT NULL DEFAULT '',
  slug text NOT NULL CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,78}[a-z0-9])?$'),
  kind text NOT NULL CHECK (kind IN ('fact', 'lesson', 'habit', 'decision', 'note')),
  text text NOT NULL CHECK (length(text) BETWEEN 1 AND 4000),
  tags text[] NOT NULL DEFAULT '{}',
  -- How much it has been worth so far; 50 at first.
  weight integer NOT NULL DEFAULT 50 CHECK (weight BETWEEN 1 AND 100),
  source_run_id text REFERENCES jobs.runs,
  source_person_id text,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  UNIQUE (organization_id, scope, slug)
);

-- How a memory is found: its name and tags weigh more than its text. Immutable, because both dictionaries are named.
CREATE FUNCTION jobs.memory_words(slug text, tags text[], text text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT setweight(to_tsvector('english'::regconfig, replace(slug, '-', ' ') || ' ' || replace(tags::text, '-', ' ')), 'A')
    || setweight(to_tsvector('simple'::regconfig, slug || ' ' || tags::text), 'A')
    || setweight(to_tsvector('english'::regconfig, text), 'B')
$$;
CREATE INDEX memories_words ON jobs.memories USING gin (jobs.memory_words(slug, tags, text));
CREATE INDEX memories_heaviest ON jobs.memories (organization_id, scope, weight DESC);

CREATE TABLE jobs.memory_links (
  organization_id text NOT NULL,
  from_id text NOT NULL REFERENCES jobs.memories ON DELETE CASCADE,
  to_id text NOT NULL REFERENCES jobs.memories ON DELETE CASCADE,
  weight integer NOT NULL DEFAULT 50 CHECK (weight BETWEEN 1 AND 100),
  PRIMARY KEY (from_id, to_id),
  CHECK (from_id <> to_id)
);
CREATE INDEX memory_links_to ON jobs.memory_links (to_id);

-- Not tied to jobs.memories: a change outlives what it forgot.
CREATE TABLE jobs.memory_changes (
  organization_id text NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  memory_id text NOT NULL,
  scope text NOT NULL,
  slug text NOT NULL,
  -- What one call changed is undone together.
  batch text NOT NULL,
  operation text NOT NULL CHECK (operation IN ('write', 'link', 'reinforce', 'forget', 'prune', 'merge', 'undo')),
  -- The whole memory with its links; null where there was or is none.
  before jsonb,
  after jsonb,
  why text NOT NULL DEFAULT '',
  source_run_id text,
  source_person_id text,
  created_at timestamptz NOT NULL,
  -- The batch that took it back.
  undone_by text
);
CREATE INDEX memory_changes_memory ON jobs.memory_changes (memory_id, id);
CREATE INDEX memory_changes_batch ON jobs.memory_changes (batch);
CREATE INDEX memory_changes_newest ON jobs.memory_changes (organization_id, id DESC);

-- Which run was shown a memory. Counted once, when the run has ended.
CREATE TABLE jobs.memory_uses (
  organization_id text NOT NULL,
  memory_id text NOT NULL REFERENCES jobs.memories ON DELETE CASCADE,
  run_id text NOT NULL REFERENCES jobs.runs,
  used_at timestamptz NOT NULL,
  counted_at timestamptz,
  PRIMARY KEY (memory_id, run_id)
);
CREATE INDEX memory_uses_open ON jobs.memory_uses (organization_id, run_id) WHERE counted_at IS NULL;

GRANT SELECT, INSERT, UPDATE, DELETE ON jobs.memories, jobs.memory_links TO nightgate_runner;
GRANT SELECT, INSERT, UPDATE, DELETE ON jobs.memory_changes TO nightgate_runner;
GRANT SELECT, INSERT, UPDATE ON jobs.memory_uses TO nightgate_runner;
GRANT SELECT ON jobs.memories, jobs.memory_links, jobs.memory_changes, jobs.memory_uses TO nightgate_web;
GRANT EXECUTE ON FUNCTION jobs.memory_words TO nightgate_runner, nightgate_web;

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['memories', 'memory_links', 'memory_changes', 'memory_uses'] LOOP
    EXECUTE format('ALTER TABLE jobs.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE jobs.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY own_organization ON jobs.%I USING (organization_id = nightgate_organization()) WITH CHECK (organization_id = nightgate_organization())', name);
  END LOOP;
END $$;
CREATE TRIGGER announce AFTER INSERT OR UPDATE ON jobs.memories FOR EACH ROW EXECUTE FUNCTION nightgate_announce('id');
