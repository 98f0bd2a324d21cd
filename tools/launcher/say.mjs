// What the launcher and the tests print: one line, in words, on standard output. Nothing else of theirs does.

/** A refusal with a sentence for the person at the terminal; printed without a stack. */
export class Refusal extends Error {}

export function say(line = "") {
  process.stdout.write(`${line}\n`);
}

/** Runs `work` under a line that says what is going on and how long it took. Milliseconds below 100 are not told. */
export async function saying(line, work) {
  say(`  ${line} ...`);
  const started = Date.now();
  const result = await work();
  const seconds = (Date.now() - started) / 1000;
  if (seconds >= 1) say(`  ${line}: done in ${seconds.toFixed(0)} s`);
  return result;
}

/** Ends the program: a Refusal with its own sentence, anything else with its stack. */
export function leave(error) {
  if (error instanceof Refusal) process.stderr.write(`\n${error.message}\n`);
  else process.stderr.write(`\n${error && error.stack ? error.stack : String(error)}\n`);
  process.exit(1);
}
