-- control: written by web. Organizations, members, sessions, wanted workstations.
CREATE TABLE control.organizations (
  organization_id text PRIMARY KEY,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  time_zone text NOT NULL DEFAULT 'UTC',
  created_at timestamptz NOT NULL DEFAULT now()
);

-- The bare list of organizations: what lets a process visit every tenant, one transaction each. It says nothing about them.
CREATE TABLE control.organization_directory (
  id text PRIMARY KEY,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE control.members (
  organization_id text NOT NULL REFERENCES control.organizations,
  person_id text NOT NULL,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  role text NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'viewer')),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, person_id)
);
CREATE INDEX members_person ON control.members (person_id);

-- Web's own sessions. The cookie's SHA-256 is the key: a reader of this table cannot sign in with it.
CREATE TABLE control.sessions (
  token_digest text PRIMARY KEY,
  person_id text NOT NULL,
  person_name text NOT NULL,
  organization_id text,
  created_at timestamptz NOT NULL DEFAULT now(),
  seen_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  user_agent text NOT NULL DEFAULT ''
);

CREATE TABLE control.workstations (
  organization_id text NOT NULL REFERENCES control.organizations,
  id text PRIMARY KEY,
  name text NOT NULL CHECK (name ~ '^[a-z][a-z0-9-]{0,30}$'),
  wanted text NOT NULL DEFAULT 'running' CHECK (wanted IN ('running', 'stopped', 'removed')),
  cpus numeric(4,2) NOT NULL DEFAULT 2 CHECK (cpus BETWEEN 0.25 AND 64),
  memory_bytes bigint NOT NULL DEFAULT 4294967296 CHECK (memory_bytes BETWEEN 268435456 AND 1099511627776),
  pids integer NOT NULL DEFAULT 2048 CHECK (pids BETWEEN 64 AND 65536),
  created_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX workstations_name ON control.workstations (organization_id, name) WHERE wanted <> 'removed';

GRANT SELECT, INSERT, UPDATE ON control.organizations, control.members, control.workstations TO nightgate_web;
GRANT SELECT, INSERT ON control.organization_directory TO nightgate_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON control.sessions TO nightgate_web;
GRANT SELECT ON control.organization_directory TO nightgate_runner, nightgate_provisioner, nightgate_gate;
GRANT SELECT ON control.workstations TO nightgate_runner, nightgate_provisioner, nightgate_gate;

CREATE TRIGGER announce AFTER INSERT OR UPDATE ON control.workstations FOR EACH ROW EXECUTE FUNCTION nightgate_announce('id');
CREATE TRIGGER announce AFTER INSERT ON control.organization_directory FOR EACH ROW EXECUTE FUNCTION nightgate_announce('id');
