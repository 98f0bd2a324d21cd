-- The schedule of a job, for lists of tasks: a job that has not run yet is shown with its next time.
CREATE INDEX schedules_job ON jobs.schedules (job_id) WHERE deleted_at IS NULL;
