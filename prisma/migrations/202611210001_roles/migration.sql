-- One schema per owner, one login role per process (architecture, section 7). Passwords are set by the migration runner, never here.
-- Tables belong to the migrator alone; a process gets exactly what is granted below it.
CREATE SCHEMA control;
CREATE SCHEMA jobs;
CREATE SCHEMA fleet;
CREATE SCHEMA gate;

GRANT USAGE ON SCHEMA control TO nightgate_web, nightgate_runner, nightgate_provisioner, nightgate_gate;
GRANT USAGE ON SCHEMA jobs TO nightgate_web, nightgate_runner, nightgate_gate;
GRANT USAGE ON SCHEMA fleet TO nightgate_web, nightgate_runner, nightgate_provisioner;
GRANT USAGE ON SCHEMA gate TO nightgate_web, nightgate_runner, nightgate_gate;

-- The tenant of the current transaction; null (and so equal to nothing) outside of one.
CREATE FUNCTION public.nightgate_organization() RETURNS text
  LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT nullif(current_setting('nightgate.organization_id', true), '') $$;
CREATE FUNCTION public.nightgate_person() RETURNS text
  LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT nullif(current_setting('nightgate.person_id', true), '') $$;

-- Announces a change with ids only: nightgate_changes <- {"table": "gate.holds", "organization": "org_...", "id": "H-..."}.
-- The trigger's first argument names the id column.
CREATE FUNCTION public.nightgate_announce() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  entry jsonb := to_jsonb(coalesce(NEW, OLD));
BEGIN
  PERFORM pg_notify('nightgate_changes', jsonb_build_object(
    'table', TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME,
    'organization', entry ->> 'organization_id',
    'id', entry ->> TG_ARGV[0])::text);
  RETURN NULL;
END $$;

-- For rows that may never change once written.
CREATE FUNCTION public.nightgate_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% on %.% is refused: its rows are written once', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END $$;
