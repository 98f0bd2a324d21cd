-- One budget for a run and all that it has caused: the nearest run upwards that has one, with every run below it and what each has used. The
-- runner parks by it and the gate refuses by it, so both read it here. No row where nobody upwards has a budget.
CREATE FUNCTION jobs.family_budget(asked text) RETURNS TABLE (
  run_id text, parent_run_id text, budget_dollars double precision, ended boolean,
  model text, input_tokens bigint, cached_input_tokens bigint, output_tokens bigint)
LANGUAGE sql STABLE AS $$
  WITH RECURSIVE up AS (
    SELECT r.id, r.job_id, r.budget_dollars FROM jobs.runs r WHERE r.id = asked
    UNION
    SELECT p.id, p.job_id, p.budget_dollars FROM up JOIN jobs.jobs j ON j.id = up.job_id JOIN jobs.runs p ON p.id = j.parent_run_id
    WHERE up.budget_dollars IS NULL
  ), family AS (
    SELECT r.id, NULL::text AS parent, r.workstation_id, r.budget_dollars, r.ended_at IS NOT NULL AS ended
    FROM up JOIN jobs.runs r USING (id) WHERE up.budget_dollars IS NOT NULL
    UNION
    SELECT r.id, f.id, r.workstation_id, r.budget_dollars, r.ended_at IS NOT NULL
    FROM family f JOIN jobs.jobs j ON j.parent_run_id = f.id JOIN jobs.runs r ON r.job_id = j.id
  )
  SELECT f.id, f.parent, f.budget_dollars, f.ended, c.model, coalesce(sum(c.input_tokens), 0)::bigint,
    coalesce(sum(c.cached_input_tokens), 0)::bigint, coalesce(sum(c.output_tokens), 0)::bigint
  -- The run is agentd's word: it counts within its workstation only.
  FROM family f LEFT JOIN gate.model_call_view c ON c.run_id = f.id AND c.workstation_id = f.workstation_id
  GROUP BY f.id, f.parent, f.budget_dollars, f.ended, c.model
$$;
REVOKE EXECUTE ON FUNCTION jobs.family_budget(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION jobs.family_budget(text) TO nightgate_runner, nightgate_gate;

-- A call that the gate did not pass on because the budget was used up: the runner parks its run, and never takes it for a credential's fault.
ALTER TABLE gate.model_calls ADD COLUMN over_budget boolean NOT NULL DEFAULT false;
CREATE OR REPLACE VIEW gate.model_call_view AS SELECT organization_id, id, workstation_id, run_id, resource_id, model, status, input_tokens,
  cached_input_tokens, output_tokens, retry_after_seconds, created_at, reset_at, over_budget FROM gate.model_calls;
