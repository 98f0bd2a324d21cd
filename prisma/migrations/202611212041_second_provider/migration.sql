-- With whom a run goes on when its model's provider is at its limit for long, or does not accept its credential: another agent, another model of
-- the policy, or both. A job's own wish counts before that of its organization, which stands beside its night.
ALTER TABLE jobs.jobs
  ADD COLUMN fallback_agent text,
  ADD COLUMN fallback_model_id text,
  -- A wait that is known to be longer than this is not waited for.
  ADD COLUMN fallback_after_minutes integer CHECK (fallback_after_minutes BETWEEN 0 AND 1440);
ALTER TABLE jobs.nights
  ADD COLUMN fallback_agent text,
  ADD COLUMN fallback_model_id text,
  ADD COLUMN fallback_after_minutes integer CHECK (fallback_after_minutes BETWEEN 0 AND 1440);
ALTER TABLE jobs.runs
  -- Once for a run; the next run of its job begins as the job says.
  ADD COLUMN fell_back_at timestamptz,
  ADD COLUMN second_model_id text,
  -- The session of the agent that had it before another one took it over: the next run goes on in that.
  ADD COLUMN first_session text;

-- The models of the policy in force, by name: so that somebody can say with which one a run goes on. Nothing else of the policy.
CREATE VIEW gate.model_view AS SELECT p.organization_id, r ->> 'id' AS id, r ->> 'name' AS name, r ->> 'api' AS api,
  r -> 'workstations' AS workstations
  FROM gate.policies p JOIN gate.organizations o USING (organization_id) CROSS JOIN LATERAL jsonb_array_elements(p.document -> 'resources') r
  WHERE p.version = o.policy_version AND r ->> 'kind' = 'model';
GRANT SELECT ON gate.model_view TO nightgate_runner;
