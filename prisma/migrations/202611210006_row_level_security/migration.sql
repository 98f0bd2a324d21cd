-- Row-level security, forced, on every table with tenant data (invariant 9). Also for the owner, so that the views obey it too.
DO $$
DECLARE
  entry record;
BEGIN
  FOR entry IN
    SELECT c.table_schema, c.table_name FROM information_schema.columns c
    JOIN information_schema.tables t USING (table_schema, table_name)
    WHERE c.column_name = 'organization_id' AND t.table_type = 'BASE TABLE'
      AND c.table_schema IN ('control', 'jobs', 'fleet', 'gate')
      AND (c.table_schema, c.table_name) <> ('control', 'sessions')
  LOOP
    EXECUTE format('ALTER TABLE %I.%I ENABLE ROW LEVEL SECURITY', entry.table_schema, entry.table_name);
    EXECUTE format('ALTER TABLE %I.%I FORCE ROW LEVEL SECURITY', entry.table_schema, entry.table_name);
    EXECUTE format('CREATE POLICY own_organization ON %I.%I USING (organization_id = nightgate_organization()) WITH CHECK (organization_id = nightgate_organization())',
      entry.table_schema, entry.table_name);
  END LOOP;
END $$;

-- Signing in comes before the organization is known: a person may see which ones are theirs.
CREATE POLICY own_person ON control.members FOR SELECT USING (person_id = nightgate_person());
CREATE POLICY own_person ON gate.memberships FOR SELECT USING (person_id = nightgate_person());
