-- A result that a chain delivers is no note of an agent's: its first line is the run engine's own.
ALTER TABLE jobs.human_messages
  DROP CONSTRAINT human_messages_purpose_check,
  ADD CONSTRAINT human_messages_purpose_check
    CHECK (purpose IN ('agent', 'question', 'result', 'stalled', 'budget', 'night', 'repeats', 'chain'));
