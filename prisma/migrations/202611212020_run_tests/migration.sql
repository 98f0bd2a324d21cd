-- What the agent says of the tests that it has run: {passed, failed, skipped}. Null where it has not said: nobody guesses it from its output.
ALTER TABLE jobs.runs ADD COLUMN tests jsonb;
