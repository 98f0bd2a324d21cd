-- A device is ready when it has shown a message and a person has signed a test on it: only then can a night be trusted to it.
ALTER TABLE gate.challenges DROP CONSTRAINT challenges_purpose_check;
ALTER TABLE gate.challenges ADD CONSTRAINT challenges_purpose_check CHECK (purpose IN ('sign-in', 'enroll', 'decide', 'test'));

CREATE TABLE gate.device_tests (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  person_id text NOT NULL REFERENCES gate.persons,
  -- Null: a computer that does not ring, which the person looks at instead. A device that is removed takes its test along.
  subscription_id text REFERENCES gate.push_subscriptions ON DELETE CASCADE,
  device text NOT NULL,
  signed_at timestamptz NOT NULL
);
CREATE INDEX device_tests_person ON gate.device_tests (person_id);
GRANT SELECT, INSERT, UPDATE ON gate.device_tests TO nightgate_gate;

-- What set-up and the evening's check may see of it.
CREATE VIEW gate.device_view AS SELECT m.organization_id, m.person_id, t.id, t.device, t.subscription_id IS NOT NULL AS rings, t.signed_at
  FROM gate.memberships m JOIN gate.device_tests t USING (person_id);
GRANT SELECT ON gate.device_view TO nightgate_web, nightgate_gate;
