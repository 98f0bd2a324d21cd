-- A clock that was ahead has written down instants as missed, or as overlapping, that have not come yet. When it is put right they are taken
-- back, or they would never fire. What has run stays, whatever the runner asks.
GRANT DELETE ON jobs.fires TO nightgate_runner;
CREATE POLICY never_what_has_run ON jobs.fires AS RESTRICTIVE FOR DELETE USING (outcome <> 'run');
