-- A note of an agent's, and a question that no run waits for, ring too: there is no state of a run that would tell of them.
ALTER TABLE gate.notifications
  ADD COLUMN message_id text,
  DROP CONSTRAINT notifications_about,
  ADD CONSTRAINT notifications_about CHECK (
    (hold_id IS NOT NULL AND hold_state IS NOT NULL AND run_id IS NULL AND message_id IS NULL)
    OR (hold_id IS NULL AND run_id IS NOT NULL AND run_state IS NOT NULL AND run_turn IS NOT NULL AND message_id IS NULL)
    OR (hold_id IS NULL AND run_id IS NULL AND message_id IS NOT NULL));
CREATE UNIQUE INDEX notifications_message ON gate.notifications (message_id, subscription_id) WHERE message_id IS NOT NULL;
