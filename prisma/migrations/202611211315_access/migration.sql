-- Access: programs that a person has let in, by the device flow (RFC 8628) or by OAuth for MCP clients. A token lets a program ask as its person;
-- it approves nothing and opens no secret, as web itself does not (invariant 4). Of every token only the SHA-256 is kept.

-- What a person has granted to one program; all tokens of a grant are one family and end together.
CREATE TABLE control.access_grants (
  organization_id text NOT NULL REFERENCES control.organizations,
  id text PRIMARY KEY,
  person_id text NOT NULL,
  client_id text NOT NULL,
  -- Whom the tokens are for (RFC 8707): the origin for the command line, the address of MCP for its clients.
  resource text NOT NULL,
  scope text NOT NULL CHECK (scope IN ('read', 'act')),
  -- As the program calls itself and its machine: shown, never believed.
  client_name text NOT NULL CHECK (length(client_name) <= 100),
  machine text NOT NULL DEFAULT '' CHECK (length(machine) <= 100),
  address text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT now(),
  used_at timestamptz,
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  revoked_why text NOT NULL DEFAULT '' CHECK (revoked_why IN ('', 'person', 'program', 'removed', 'reused'))
);
CREATE INDEX access_grants_person ON control.access_grants (organization_id, person_id, created_at DESC);

CREATE TABLE control.access_tokens (
  organization_id text NOT NULL,
  digest text PRIMARY KEY,
  grant_id text NOT NULL REFERENCES control.access_grants ON DELETE CASCADE,
  kind text NOT NULL CHECK (kind IN ('code', 'access', 'refresh')),
  -- Of a code: what its exchange must repeat.
  redirect_uri text,
  challenge text,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  -- Codes and refresh tokens are used once. One that comes again was stolen by somebody: the grant then ends.
  used_at timestamptz
);
CREATE INDEX access_tokens_grant ON control.access_tokens (organization_id, grant_id);
CREATE INDEX access_tokens_expiry ON control.access_tokens (organization_id, expires_at);

-- The next three belong to no tenant: nobody is known yet.
CREATE TABLE control.access_clients (
  id text PRIMARY KEY,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  redirect_uris jsonb NOT NULL,
  address text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT now(),
  -- When a person last let it in. Those that nobody ever did are forgotten.
  used_at timestamptz
);
CREATE INDEX access_clients_unused ON control.access_clients (created_at) WHERE used_at IS NULL;

CREATE TABLE control.device_logins (
  device_digest text PRIMARY KEY,
  -- What the person types. It lets a signed-in person decide, and opens nothing.
  user_code text NOT NULL UNIQUE,
  scope text NOT NULL CHECK (scope IN ('read', 'act')),
  client_name text NOT NULL CHECK (length(client_name) <= 100),
  machine text NOT NULL DEFAULT '' CHECK (length(machine) <= 100),
  address text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  polled_at timestamptz,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'approved', 'refused')),
  organization_id text,
  person_id text
);
CREATE INDEX device_logins_expiry ON control.device_logins (expires_at);

CREATE TABLE control.code_guesses (
  person_id text PRIMARY KEY,
  since timestamptz NOT NULL,
  wrong integer NOT NULL
);

DO $$
DECLARE
  entry text;
BEGIN
  FOREACH entry IN ARRAY ARRAY['control.access_grants', 'control.access_tokens'] LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', entry);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', entry);
    EXECUTE format('CREATE POLICY own_organization ON %s USING (organization_id = nightgate_organization()) WITH CHECK (organization_id = nightgate_organization())', entry);
  END LOOP;
END $$;

GRANT SELECT, INSERT, UPDATE, DELETE ON control.access_grants, control.access_tokens, control.access_clients, control.device_logins, control.code_guesses TO nightgate_web;

-- Whoever is removed and let in again starts anew: what they had granted stays ended.
CREATE FUNCTION nightgate_end_access() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE control.access_grants SET revoked_at = now(), revoked_why = 'removed'
  WHERE organization_id = NEW.organization_id AND person_id = NEW.person_id AND revoked_at IS NULL;
  RETURN NULL;
END $$;
CREATE TRIGGER end_access AFTER UPDATE OF removed_at ON control.members FOR EACH ROW WHEN (NEW.removed_at IS NOT NULL) EXECUTE FUNCTION nightgate_end_access();
CREATE TRIGGER announce AFTER INSERT OR UPDATE OF revoked_at ON control.access_grants FOR EACH ROW EXECUTE FUNCTION nightgate_announce('id');
