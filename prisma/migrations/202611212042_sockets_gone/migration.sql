-- What the runner alone can see of a workstation's socket, for the doctor, who reads only the database: since when it is not where it was made,
-- and since when somebody wants it made anew.
ALTER TABLE jobs.workstations
  ADD COLUMN socket_gone_at timestamptz,
  ADD COLUMN socket_wanted_at timestamptz;
