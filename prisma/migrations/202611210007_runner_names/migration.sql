-- "Rejected by Ada: ..." is told to the agent as its next prompt, so the runner may read members' names, and nothing else of them.
GRANT SELECT (organization_id, person_id, name) ON control.members TO nightgate_runner;
