/** What a bench makes of its samples. */

/** The value below which `share` (0..1) of the samples lie, by nearest rank; one decimal. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1));
  return Math.round((sorted[at] ?? Number.NaN) * 10) / 10;
}

export function median(samples: readonly number[]): number {
  return percentile(samples, 0.5);
}
