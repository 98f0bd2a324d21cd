-- Several holds decided with one touch: the single challenges of the whole sheet, in its order. Null where a decision was signed alone.
ALTER TABLE gate.decisions ADD COLUMN batch jsonb;
