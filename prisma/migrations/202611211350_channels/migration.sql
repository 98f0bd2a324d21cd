-- Channels: where a member is told besides the phone, what was told, and what came back. A channel itself is a resource of the signed policy.
CREATE TABLE gate.channel_links (
  organization_id text NOT NULL REFERENCES gate.organizations,
  id text PRIMARY KEY,
  -- The resource of the policy.
  channel_id text NOT NULL,
  person_id text NOT NULL REFERENCES gate.persons,
  -- The service's own name of the member: a chat, a user, an address; empty where a channel has one place only.
  address text NOT NULL CHECK (length(address) <= 300),
  -- What people call it.
  label text NOT NULL DEFAULT '' CHECK (length(label) <= 100),
  position integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  -- The service refuses it: blocked, gone.
  failed_at timestamptz,
  UNIQUE (channel_id, person_id)
);
-- Whoever writes from there is one member.
CREATE UNIQUE INDEX channel_links_address ON gate.channel_links (channel_id, address) WHERE address <> '';

-- One-time codes that link. Only the digest is kept.
CREATE TABLE gate.channel_codes (
  organization_id text NOT NULL REFERENCES gate.organizations,
  code_digest text PRIMARY KEY,
  channel_id text NOT NULL,
  person_id text NOT NULL REFERENCES gate.persons,
  -- Where the code was sent, for e-mail.
  address text NOT NULL DEFAULT '',
  tries integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);
CREATE INDEX channel_codes_person ON gate.channel_codes (channel_id, person_id);

-- The outbox: written before anything is sent, one row per thing and link.
CREATE TABLE gate.deliveries (
  organization_id text NOT NULL REFERENCES gate.organizations,
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  link_id text NOT NULL REFERENCES gate.channel_links ON DELETE CASCADE,
  person_id text NOT NULL,
  channel_id text NOT NULL,
  about_kind text NOT NULL CHECK (about_kind IN ('hold', 'run', 'question', 'note', 'briefing', 'test')),
  about_id text NOT NULL,
  -- Counts what became news of a run; 0 for the rest.
  turn integer NOT NULL DEFAULT 0,
  -- The agent has named this channel: it does not wait for the phone.
  named boolean NOT NULL DEFAULT false,
  -- waiting: until due_at; sending: on its way; unknown: the gate ended meanwhile, or nobody answered, and it is not sent again;
  -- skipped: not needed (detail says why); kept: for the briefing.
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sending', 'sent', 'failed', 'unknown', 'skipped', 'kept')),
  detail text NOT NULL DEFAULT '',
  body jsonb,
  due_at timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  -- The message's own name at the service, to change it later and to know what a reply is about.
  reference text,
  created_at timestamptz NOT NULL DEFAULT now(),
  sent_at timestamptz,
  -- When the message was changed to say that it is handled.
  settled_at timestamptz,
  UNIQUE (link_id, about_kind, about_id, turn)
);
CREATE INDEX deliveries_due ON gate.deliveries (organization_id, due_at) WHERE state IN ('waiting', 'sending');
CREATE INDEX deliveries_about ON gate.deliveries (organization_id, about_kind, about_id);
CREATE INDEX deliveries_reference ON gate.deliveries (link_id, reference) WHERE reference IS NOT NULL;
CREATE INDEX deliveries_newest ON gate.deliveries (organization_id, person_id, id DESC);

-- What came in and was taken, by the service's own id: a message that comes twice does its work once.
CREATE TABLE gate.channel_received (
  organization_id text NOT NULL REFERENCES gate.organizations,
  channel_id text NOT NULL,
  external_id text NOT NULL CHECK (length(external_id) <= 200),
  received_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (channel_id, external_id)
);
CREATE INDEX channel_received_old ON gate.channel_received (organization_id, received_at);

-- A member's briefing: when, and where besides the page. No row: none is sent.
CREATE TABLE gate.briefing_choices (
  organization_id text NOT NULL REFERENCES gate.organizations,
  person_id text NOT NULL REFERENCES gate.persons,
  minute integer NOT NULL CHECK (minute BETWEEN 0 AND 1439),
  time_zone text NOT NULL CHECK (length(time_zone) BETWEEN 1 AND 64),
  -- Links that it is sent through.
  links text[] NOT NULL DEFAULT '{}',
  phone boolean NOT NULL DEFAULT true,
  PRIMARY KEY (organization_id, person_id)
);
-- One a day and member, written with its deliveries.
CREATE TABLE gate.briefings (
  organization_id text NOT NULL REFERENCES gate.organizations,
  person_id text NOT NULL,
  day text NOT NULL,
  from_at timestamptz NOT NULL,
  until_at timestamptz NOT NULL,
  quiet boolean NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, person_id, day)
);

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['channel_links', 'channel_codes', 'deliveries', 'channel_received', 'briefing_choices', 'briefings'] LOOP
    EXECUTE format('ALTER TABLE gate.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE gate.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY own_organization ON gate.%I USING (organization_id = nightgate_organization()) WITH CHECK (organization_id = nightgate_organization())', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON gate.%I TO nightgate_gate', name);
  END LOOP;
END $$;
REVOKE UPDATE, DELETE ON gate.briefings FROM nightgate_gate;

-- What wakes a person, in all their organizations: what rings in quiet hours, how often a night, and how long the phone is waited for.
CREATE TABLE gate.attention (
  person_id text PRIMARY KEY REFERENCES gate.persons,
  escalate_minutes integer NOT NULL DEFAULT 5 CHECK (escalate_minutes BETWEEN 0 AND 240),
  night_max integer NOT NULL DEFAULT 3 CHECK (night_max BETWEEN 0 AND 50),
  wakes text[] NOT NULL DEFAULT '{urgent}'
);
-- What broke the quiet hours of a night: each thing counts once, on however many devices it rang.
CREATE TABLE gate.interruptions (
  person_id text NOT NULL REFERENCES gate.persons,
  night text NOT NULL,
  about text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (person_id, night, about)
);
GRANT SELECT, INSERT, UPDATE ON gate.attention TO nightgate_gate;
GRANT SELECT, INSERT, DELETE ON gate.interruptions TO nightgate_gate;

-- When the device said that it showed this very message: what is unseen goes to the next channel.
ALTER TABLE gate.notifications ADD COLUMN shown_at timestamptz;
-- The weekly self-test: when it went out, and how long the device took to show it.
ALTER TABLE gate.push_subscriptions
  ADD COLUMN tested_at timestamptz,
  ADD COLUMN test_shown_ms integer;

-- What a linked member writes is asked of the runner as what web asks is. What runs next, for the briefing.
GRANT INSERT (organization_id, body) ON jobs.inbox TO nightgate_gate;
GRANT SELECT ON jobs.schedules TO nightgate_gate;
GRANT SELECT ON control.organizations TO nightgate_gate;

-- Web shows that a member's channels are there, and no address of them.
CREATE VIEW gate.channel_link_view AS SELECT organization_id, channel_id, person_id, failed_at IS NULL AS working FROM gate.channel_links;
CREATE VIEW gate.briefing_view AS SELECT organization_id, person_id, day, from_at, until_at, quiet, created_at FROM gate.briefings;
CREATE VIEW gate.briefing_choice_view AS SELECT organization_id, person_id, minute, time_zone FROM gate.briefing_choices;
GRANT SELECT ON gate.channel_link_view, gate.briefing_view, gate.briefing_choice_view TO nightgate_web, nightgate_gate;
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON gate.channel_links FOR EACH ROW EXECUTE FUNCTION nightgate_announce('person_id');
CREATE TRIGGER announce AFTER INSERT OR UPDATE ON gate.deliveries FOR EACH ROW EXECUTE FUNCTION nightgate_announce('person_id');
CREATE TRIGGER announce AFTER INSERT ON gate.briefings FOR EACH ROW EXECUTE FUNCTION nightgate_announce('person_id');
