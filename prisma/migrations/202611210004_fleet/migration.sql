-- fleet: written by the provisioner. Containers as seen, and the workstation image while it is being made.
CREATE TABLE fleet.workstations (
  organization_id text NOT NULL,
  workstation_id text PRIMARY KEY,
  state text NOT NULL CHECK (state IN ('waiting', 'creating', 'running', 'stopped', 'failed', 'removed')),
  container_id text,
  image text,
  -- One sentence for a person: what it waits for, or what went wrong and what to do.
  detail text NOT NULL DEFAULT '',
  started_at timestamptz,
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE fleet.images (
  name text PRIMARY KEY,
  state text NOT NULL CHECK (state IN ('building', 'ready', 'failed')),
  step text NOT NULL DEFAULT '',
  progress integer NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 100),
  detail text NOT NULL DEFAULT '',
  updated_at timestamptz NOT NULL DEFAULT now()
);

GRANT SELECT, INSERT, UPDATE ON fleet.workstations, fleet.images TO nightgate_provisioner;
GRANT SELECT ON fleet.workstations, fleet.images TO nightgate_web;
GRANT SELECT ON fleet.workstations TO nightgate_runner;

CREATE TRIGGER announce AFTER INSERT OR UPDATE ON fleet.workstations FOR EACH ROW EXECUTE FUNCTION nightgate_announce('workstation_id');
CREATE TRIGGER announce AFTER INSERT OR UPDATE ON fleet.images FOR EACH ROW EXECUTE FUNCTION nightgate_announce('name');
