import { mkdtempSync, readdirSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@nightgate/shared/clock";
import { newId } from "@nightgate/shared/ids";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openKeptAnswers } from "./kept-answers.ts";

const WEEK_MS = 7 * 24 * 3_600_000;
const ANSWER = { status: 201, type: "application/json", body: "{}" };
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "ng-answers-"))));
afterEach(() => rmSync(folder, { recursive: true }));

test("H29: an answer is given once, also by a gate that was started anew", () => {
  const hold = newId("hold");
  openKeptAnswers(folder, systemClock, WEEK_MS).keep(hold, ANSWER);
  const answers = openKeptAnswers(folder, systemClock, WEEK_MS);
  expect(answers.take(hold)).toEqual(ANSWER);
  expect(answers.take(hold)).toBeNull();
  expect(readdirSync(folder)).toEqual([]);
});

test("invariant 12: what nobody collected for a week is forgotten when the next one comes", () => {
  const [old, young] = [newId("hold"), newId("hold")];
  const answers = openKeptAnswers(folder, systemClock, WEEK_MS);
  answers.keep(old, ANSWER);
  const before = new Date(systemClock.now() - WEEK_MS - 60_000);
  utimesSync(join(folder, `${old}.json`), before, before);
  answers.keep(young, ANSWER);
  expect(readdirSync(folder)).toEqual([`${young}.json`]);
});

test("invariant 9: a name that is no hold's leads to no file", () => {
  const answers = openKeptAnswers(folder, systemClock, WEEK_MS);
  expect(() => answers.take("../../keys")).toThrow(/invalid/i);
});
