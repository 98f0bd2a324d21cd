-- People: invitations, roles that end, further passkeys by link, candidates for approver, and what a list of sessions shows.
-- A membership is a row of web's and so control data: it lets somebody look, and lets nobody decide (invariant 4).
ALTER TABLE control.members ADD COLUMN removed_at timestamptz;
ALTER TABLE control.sessions ADD COLUMN address text NOT NULL DEFAULT '';

CREATE TABLE control.invitations (
  organization_id text NOT NULL REFERENCES control.organizations,
  id text PRIMARY KEY,
  -- SHA-256 of the link's secret: a reader of this table cannot use the link.
  token_digest text NOT NULL UNIQUE,
  role text NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'viewer')),
  -- Whom it is for, in the inviter's words.
  note text NOT NULL DEFAULT '' CHECK (length(note) <= 100),
  invited_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz
);
CREATE INDEX invitations_newest ON control.invitations (organization_id, created_at DESC);

-- An invitation is used once: this row, written by the gate in the transaction that lets the person in, is its end.
CREATE TABLE gate.invitation_uses (
  organization_id text NOT NULL REFERENCES gate.organizations,
  invitation_id text PRIMARY KEY,
  person_id text NOT NULL REFERENCES gate.persons,
  used_at timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON gate.invitation_uses FOR EACH ROW EXECUTE FUNCTION nightgate_refuse_change();

-- A member who asks to become an approver, with the keys that they have just used. It names; only a signed policy makes.
CREATE TABLE gate.candidacies (
  organization_id text NOT NULL REFERENCES gate.organizations,
  person_id text NOT NULL REFERENCES gate.persons,
  name text NOT NULL,
  passkey jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (organization_id, person_id)
);

-- A link with which one person makes one passkey on another device. The key that it brings counts only after somebody has signed for it.
CREATE TABLE gate.enrolment_links (
  organization_id text NOT NULL REFERENCES gate.organizations,
  id text PRIMARY KEY,
  token_digest text NOT NULL UNIQUE,
  person_id text NOT NULL REFERENCES gate.persons,
  made_by text NOT NULL REFERENCES gate.persons,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  passkey jsonb,
  hold_id text
);

ALTER TABLE gate.passkeys ADD COLUMN removed_at timestamptz;
ALTER TABLE gate.sessions ADD COLUMN address text NOT NULL DEFAULT '';

DO $$
DECLARE
  entry text;
BEGIN
  FOREACH entry IN ARRAY ARRAY['control.invitations', 'gate.invitation_uses', 'gate.candidacies', 'gate.enrolment_links'] LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', entry);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', entry);
    EXECUTE format('CREATE POLICY own_organization ON %s USING (organization_id = nightgate_organization()) WITH CHECK (organization_id = nightgate_organization())', entry);
  END LOOP;
END $$;

GRANT SELECT, INSERT, UPDATE ON control.invitations TO nightgate_web;
GRANT SELECT ON control.invitations, control.members TO nightgate_gate;
GRANT SELECT, INSERT ON gate.invitation_uses TO nightgate_gate;
GRANT SELECT, INSERT, UPDATE, DELETE ON gate.candidacies, gate.enrolment_links TO nightgate_gate;

CREATE VIEW gate.invitation_use_view AS SELECT organization_id, invitation_id, person_id, used_at FROM gate.invitation_uses;
CREATE VIEW gate.organization_view AS SELECT organization_id, name FROM gate.organizations;
GRANT SELECT ON gate.invitation_use_view, gate.organization_view TO nightgate_web, nightgate_gate;

CREATE TRIGGER announce AFTER INSERT OR UPDATE ON control.members FOR EACH ROW EXECUTE FUNCTION nightgate_announce('person_id');
CREATE TRIGGER announce AFTER INSERT OR UPDATE ON control.invitations FOR EACH ROW EXECUTE FUNCTION nightgate_announce('id');
CREATE TRIGGER announce AFTER INSERT ON gate.invitation_uses FOR EACH ROW EXECUTE FUNCTION nightgate_announce('invitation_id');
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON gate.candidacies FOR EACH ROW EXECUTE FUNCTION nightgate_announce('person_id');
CREATE TRIGGER announce AFTER UPDATE ON gate.enrolment_links FOR EACH ROW EXECUTE FUNCTION nightgate_announce('id');
-- A session that somebody ended: what it has open ends with it.
CREATE TRIGGER announce AFTER DELETE ON control.sessions FOR EACH ROW EXECUTE FUNCTION nightgate_announce('person_id');
