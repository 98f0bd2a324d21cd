-- A hold that follows another one (a pull request on a held branch): released after it, withdrawn when it ends without being released.
ALTER TABLE gate.holds ADD COLUMN after_hold text;
