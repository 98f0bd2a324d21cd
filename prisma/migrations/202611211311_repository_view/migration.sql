-- The repositories of the policy in force, by name: so that an agent or a person can say in which one a new job works. Nothing else of the policy.
CREATE VIEW gate.repository_view AS SELECT p.organization_id, r ->> 'id' AS id, r ->> 'name' AS name, r ->> 'url' AS url,
  r -> 'workstations' AS workstations
  FROM gate.policies p JOIN gate.organizations o USING (organization_id) CROSS JOIN LATERAL jsonb_array_elements(p.document -> 'resources') r
  WHERE p.version = o.policy_version AND r ->> 'kind' = 'git';
GRANT SELECT ON gate.repository_view TO nightgate_runner, nightgate_web;
