-- The gate tells of runs, and of a chain's workers only what their chain says: so it sees which run is whose.
GRANT SELECT ON jobs.chain_jobs TO nightgate_gate;
