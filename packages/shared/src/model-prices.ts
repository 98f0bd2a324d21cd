/**
 * What model calls cost, in dollars per million tokens by the model's name. Prices of the providers' own lists; an operator's local model and
 * every name that is not here has no known price, which is null and never 0: an unknown cost must not look like a free one.
 */
export interface ModelPrice {
  input: number;
  /** Of input that was read from the provider's cache. */
  cachedInput: number;
  output: number;
}

export interface TokenCount {
  model: string;
  /** All tokens that went in, cached ones included. */
  inputTokens: number;
  cachedInputTokens: number;
  outputTokens: number;
}

/** The first that fits counts: longer names stand before shorter ones. */
const PRICES: readonly (readonly [RegExp, ModelPrice])[] = [
  [/^claude-opus-4-[56](?:-20|@|$)/u, { input: 5, cachedInput: 0.5, output: 25 }],
  [/^claude-(?:opus-4(?:-[01])?|3-opus)(?:-20|@|-latest|$)/u, { input: 15, cachedInput: 1.5, output: 75 }],
  [
    /^claude-(?:sonnet-4(?:-[0-6])?|3-[57]-sonnet)(?:-20|@|-latest|$)/u,
    { input: 3, cachedInput: 0.3, output: 15 },
  ],
  [/^claude-haiku-4-5(?:-20|@|$)/u, { input: 1, cachedInput: 0.1, output: 5 }],
  [/^claude-3-5-haiku/u, { input: 0.8, cachedInput: 0.08, output: 4 }],
  [/^claude-3-haiku/u, { input: 0.25, cachedInput: 0.03, output: 1.25 }],
  [/^gpt-5(?:\.\d+)?-nano/u, { input: 0.05, cachedInput: 0.005, output: 0.4 }],
  [/^gpt-5(?:\.\d+)?(?:-codex)?-mini/u, { input: 0.25, cachedInput: 0.025, output: 2 }],
  [/^gpt-5(?:\.1)?(?:-codex)?(?:-max)?(?:-20\d\d.*)?$/u, { input: 1.25, cachedInput: 0.125, output: 10 }],
  [/^gpt-4\.1-nano/u, { input: 0.1, cachedInput: 0.025, output: 0.4 }],
  [/^gpt-4\.1-mini/u, { input: 0.4, cachedInput: 0.1, output: 1.6 }],
  [/^gpt-4\.1/u, { input: 2, cachedInput: 0.5, output: 8 }],
  [/^gpt-4o-mini/u, { input: 0.15, cachedInput: 0.075, output: 0.6 }],
  [/^gpt-4o/u, { input: 2.5, cachedInput: 1.25, output: 10 }],
  [/^o4-mini/u, { input: 1.1, cachedInput: 0.275, output: 4.4 }],
  [/^o3(?:-20\d\d.*)?$/u, { input: 2, cachedInput: 0.5, output: 8 }],
];

/** The price of a model by its name (`anthropic/` and the like in front does not matter); null where it is not known. */
export function priceOf(model: string): ModelPrice | null {
  const name = model.slice(model.lastIndexOf("/") + 1).toLowerCase();
  return PRICES.find(([pattern]) => pattern.test(name))?.[1] ?? null;
}

/** What these tokens cost, in dollars; null where the model's price is not known. */
export function costOf({ model, inputTokens, cachedInputTokens, outputTokens }: TokenCount): number | null {
  const price = priceOf(model);
  if (price === null) return null;
  const fresh = Math.max(0, inputTokens - cachedInputTokens);
  return (
    (fresh * price.input + cachedInputTokens * price.cachedInput + outputTokens * price.output) / 1_000_000
  );
}

/** The part of several counts whose price is known, in dollars, and the models whose price is not. */
export function knownCost(counts: readonly TokenCount[]): { dollars: number; unknown: string[] } {
  const unknown = new Set<string>();
  let dollars = 0;
  for (const count of counts) {
    const cost = costOf(count);
    if (cost !== null) dollars += cost;
    else if (count.inputTokens + count.outputTokens > 0) unknown.add(count.model);
  }
  return { dollars, unknown: [...unknown].toSorted() };
}

/** Dollars as people read them: `$0.42`, and `$0.004` where cents would say nothing. */
export function sayDollars(dollars: number): string {
  return `$${dollars > 0 && dollars < 0.1 ? dollars.toPrecision(2) : dollars.toFixed(2)}`;
}
