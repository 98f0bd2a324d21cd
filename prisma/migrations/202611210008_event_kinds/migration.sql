-- What becomes of a run is read from its few turning events, however long it has been.
CREATE INDEX events_kind ON jobs.events (run_id, (body ->> 'kind'), seq);
