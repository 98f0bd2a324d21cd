-- gate: written by the gate alone. Nobody else may read key material or ciphertext: web and runner get views (at the end).
CREATE TABLE gate.installation (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  id text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE gate.persons (
  id text PRIMARY KEY,
  -- WebAuthn's user handle: 32 random bytes, base64url.
  handle text NOT NULL UNIQUE,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  created_at timestamptz NOT NULL DEFAULT now()
);

-- A row is not proof: before it counts, the gate checks the enrolment in the log and the signed policy (invariant 4).
CREATE TABLE gate.passkeys (
  credential text PRIMARY KEY,
  person_id text NOT NULL REFERENCES gate.persons,
  public_key text NOT NULL,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  transports jsonb NOT NULL DEFAULT '[]',
  counter bigint NOT NULL DEFAULT 0,
  backed_up boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  used_at timestamptz
);

CREATE TABLE gate.sessions (
  token_digest text PRIMARY KEY,
  person_id text NOT NULL REFERENCES gate.persons,
  created_at timestamptz NOT NULL DEFAULT now(),
  seen_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  user_agent text NOT NULL DEFAULT ''
);

-- One row per WebAuthn ceremony. A challenge is used once and expires (invariant 3).
CREATE TABLE gate.challenges (
  id text PRIMARY KEY,
  purpose text NOT NULL CHECK (purpose IN ('sign-in', 'enroll', 'decide')),
  challenge text NOT NULL UNIQUE,
  person_id text,
  -- What the purpose needs to verify the answer: for a decision the hold, its action digest, the verdict document, nonce and log head.
  context jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);

CREATE TABLE gate.sign_in_codes (
  code_digest text PRIMARY KEY,
  person_id text NOT NULL REFERENCES gate.persons,
  verifier_challenge text NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);

CREATE TABLE gate.organizations (
  organization_id text PRIMARY KEY,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  policy_version integer NOT NULL DEFAULT 0,
  -- The head of the organization's log. Its row is locked by every append.
  log_size bigint NOT NULL DEFAULT 0,
  log_root text NOT NULL,
  checkpoint text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT now()
);

-- Who signed in may see: person -> organizations. Approvers are named in the policy, not here.
CREATE TABLE gate.memberships (
  organization_id text NOT NULL REFERENCES gate.organizations,
  person_id text NOT NULL REFERENCES gate.persons,
  role text NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'viewer')),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, person_id)
);
CREATE INDEX memberships_person ON gate.memberships (person_id);

CREATE TABLE gate.policies (
  organization_id text NOT NULL REFERENCES gate.organizations,
  version integer NOT NULL CHECK (version >= 1),
  document jsonb NOT NULL,
  hold_id text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, version)
);
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON gate.policies FOR EACH ROW EXECUTE FUNCTION nightgate_refuse_change();

-- Which organization a workstation belongs to, as the gate first learned it, for ever (invariant 9).
CREATE TABLE gate.workstations (
  organization_id text NOT NULL REFERENCES gate.organizations,
  id text PRIMARY KEY,
  name text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON gate.workstations FOR EACH ROW EXECUTE FUNCTION nightgate_refuse_change();

CREATE TABLE gate.secrets (
  organization_id text NOT NULL REFERENCES gate.organizations,
  id text PRIMARY KEY,
  resource_id text NOT NULL,
  slot text NOT NULL,
  -- AES-256-GCM under a data key that the gate's master key wraps; bound to organization, resource and slot as associated data.
  sealed text NOT NULL,
  commitment text NOT NULL,
  hold_id text NOT NULL,
  state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'active', 'replaced')),
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX secrets_active ON gate.secrets (organization_id, resource_id, slot) WHERE state = 'active';

CREATE TABLE gate.holds (
  organization_id text NOT NULL REFERENCES gate.organizations,
  id text PRIMARY KEY,
  kind text NOT NULL,
  state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'approved', 'releasing', 'released', 'failed', 'unknown',
    'rejected', 'expired', 'superseded', 'withdrawn')),
  action jsonb NOT NULL,
  action_digest text NOT NULL,
  -- What a person sees: title, facts, risk flags. Made by the gate from the action, never by an agent.
  card jsonb NOT NULL,
  resource_id text,
  workstation_id text,
  -- agentd's word: a hint within the workstation, never an identity.
  run_id text,
  agent_words text NOT NULL DEFAULT '',
  supersedes text,
  superseded_by text,
  -- Words of the reviewer, or what went wrong, for the agent and the pages.
  words text NOT NULL DEFAULT '',
  decided_by text,
  outcome jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  decided_at timestamptz,
  ended_at timestamptz
);
CREATE INDEX holds_newest ON gate.holds (organization_id, created_at DESC);
CREATE INDEX holds_open ON gate.holds (organization_id, state) WHERE ended_at IS NULL;
-- The same action asked twice while it is held is the same hold.
CREATE UNIQUE INDEX holds_same_action ON gate.holds (organization_id, action_digest) WHERE state = 'pending';

CREATE TABLE gate.decisions (
  organization_id text NOT NULL,
  hold_id text NOT NULL REFERENCES gate.holds,
  person_id text NOT NULL,
  credential text NOT NULL,
  verdict jsonb NOT NULL,
  nonce text NOT NULL,
  log_head text NOT NULL,
  challenge text NOT NULL UNIQUE,
  -- clientDataJSON, authenticatorData, signature, userHandle: base64url.
  assertion jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (hold_id, person_id)
);

CREATE TABLE gate.receipts (
  organization_id text NOT NULL,
  -- Index in the log, from 0.
  index bigint NOT NULL CHECK (index >= 0),
  kind text NOT NULL,
  hold_id text,
  -- Null once the content was erased; the leaf stays.
  body jsonb,
  salt text,
  leaf_hash text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, index)
);
-- By the body, which the leaf covers.
CREATE INDEX receipts_hold ON gate.receipts (organization_id, (body ->> 'hold'));

CREATE TABLE gate.push_subscriptions (
  id text PRIMARY KEY,
  person_id text NOT NULL REFERENCES gate.persons,
  endpoint text NOT NULL UNIQUE,
  p256dh text NOT NULL,
  auth text NOT NULL,
  device text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT now(),
  failed_at timestamptz
);

CREATE TABLE gate.notifications (
  organization_id text NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  hold_id text NOT NULL,
  hold_state text NOT NULL,
  subscription_id text NOT NULL,
  state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent', 'failed', 'gone')),
  attempts integer NOT NULL DEFAULT 0,
  detail text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT now(),
  sent_at timestamptz,
  UNIQUE (hold_id, hold_state, subscription_id)
);

-- What model calls cost, per call; and what the gate saw on the wire that changes a run's state (401, 402, 429).
CREATE TABLE gate.model_calls (
  organization_id text NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  workstation_id text NOT NULL,
  run_id text,
  resource_id text NOT NULL,
  model text NOT NULL DEFAULT '',
  status integer NOT NULL,
  input_tokens bigint NOT NULL DEFAULT 0,
  cached_input_tokens bigint NOT NULL DEFAULT 0,
  output_tokens bigint NOT NULL DEFAULT 0,
  retry_after_seconds integer,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX model_calls_run ON gate.model_calls (organization_id, run_id);

-- Allowed reads, counted per resource and minute; refusals, counted per host and minute.
CREATE TABLE gate.traffic (
  organization_id text NOT NULL,
  workstation_id text NOT NULL,
  minute timestamptz NOT NULL,
  target text NOT NULL CHECK (length(target) <= 300),
  verdict text NOT NULL CHECK (verdict IN ('allow', 'deny')),
  count bigint NOT NULL DEFAULT 0,
  bytes_out bigint NOT NULL DEFAULT 0,
  bytes_in bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (organization_id, workstation_id, minute, target, verdict)
);

GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA gate TO nightgate_gate;
GRANT DELETE ON gate.sessions, gate.challenges, gate.sign_in_codes, gate.push_subscriptions, gate.secrets TO nightgate_gate;
REVOKE UPDATE ON gate.policies, gate.workstations, gate.decisions FROM nightgate_gate;

-- What others may see.
CREATE VIEW gate.hold_view AS SELECT organization_id, id, kind, state, card, resource_id, workstation_id, run_id, supersedes,
  superseded_by, words, decided_by, outcome, created_at, expires_at, decided_at, ended_at FROM gate.holds;
CREATE VIEW gate.policy_view AS SELECT p.organization_id, p.version, p.document, p.created_at
  FROM gate.policies p JOIN gate.organizations o USING (organization_id) WHERE p.version = o.policy_version;
CREATE VIEW gate.secret_view AS SELECT organization_id, resource_id, slot, created_at FROM gate.secrets WHERE state = 'active';
CREATE VIEW gate.model_call_view AS SELECT organization_id, id, workstation_id, run_id, resource_id, model, status, input_tokens,
  cached_input_tokens, output_tokens, retry_after_seconds, created_at FROM gate.model_calls;
CREATE VIEW gate.traffic_view AS SELECT * FROM gate.traffic;
CREATE VIEW gate.notification_view AS SELECT organization_id, id, hold_id, hold_state, state, created_at, sent_at FROM gate.notifications;
GRANT SELECT ON gate.hold_view, gate.policy_view, gate.secret_view, gate.model_call_view, gate.traffic_view, gate.notification_view TO nightgate_web;
GRANT SELECT ON gate.hold_view, gate.model_call_view TO nightgate_runner;
GRANT SELECT ON gate.hold_view, gate.policy_view, gate.secret_view, gate.model_call_view, gate.traffic_view, gate.notification_view TO nightgate_gate;

CREATE TRIGGER announce AFTER INSERT OR UPDATE ON gate.holds FOR EACH ROW EXECUTE FUNCTION nightgate_announce('id');
CREATE TRIGGER announce AFTER INSERT ON gate.policies FOR EACH ROW EXECUTE FUNCTION nightgate_announce('version');
CREATE TRIGGER announce AFTER INSERT ON gate.workstations FOR EACH ROW EXECUTE FUNCTION nightgate_announce('id');
CREATE TRIGGER announce AFTER INSERT ON gate.model_calls FOR EACH ROW EXECUTE FUNCTION nightgate_announce('id');
