-- Channels that are given the result of a job when it ends, by name.
ALTER TABLE jobs.jobs ADD COLUMN deliver text[] NOT NULL DEFAULT '{}' CHECK (cardinality(deliver) <= 10);
