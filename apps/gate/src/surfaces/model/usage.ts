/** Reads what a call cost out of the provider's own answer. Pure: one JSON value in, what it says about usage out. */
import { z } from "zod";

export interface Usage {
  model: string;
  /** All tokens that went in, cached ones included. */
  inputTokens: number;
  /** The part of them that was read from a cache. */
  cachedInputTokens: number;
  outputTokens: number;
}

export const NO_USAGE: Usage = { model: "", inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };

const count = z.int().min(0).nullish();
const anthropicUsage = z.object({
  input_tokens: count,
  cache_creation_input_tokens: count,
  cache_read_input_tokens: count,
  output_tokens: count,
});
const openaiUsage = z.object({
  // responses
  input_tokens: count,
  input_tokens_details: z.object({ cached_tokens: count }).nullish(),
  output_tokens: count,
  // chat and embeddings
  prompt_tokens: count,
  prompt_tokens_details: z.object({ cached_tokens: count }).nullish(),
  completion_tokens: count,
});
const model = z.string().nullish();

const anthropicAnswer = z.object({
  model,
  usage: anthropicUsage.nullish(),
  message: z.object({ model, usage: anthropicUsage.nullish() }).nullish(),
});
const openaiAnswer = z.object({
  model,
  usage: openaiUsage.nullish(),
  response: z.object({ model, usage: openaiUsage.nullish() }).nullish(),
});

/** Adds what `value` (an answer, or one event of a stream) says to what is known. Later numbers replace earlier ones: the providers' are running totals. */
export function addUsage(api: "anthropic" | "openai", known: Usage, value: unknown): Usage {
  return api === "anthropic" ? addAnthropic(known, value) : addOpenai(known, value);
}

function addAnthropic(known: Usage, value: unknown): Usage {
  const parsed = anthropicAnswer.safeParse(value);
  if (!parsed.success) return known;
  const { message } = parsed.data;
  const usage = message?.usage ?? parsed.data.usage;
  const next = { ...known, model: message?.model ?? parsed.data.model ?? known.model };
  if (!usage) return next;
  if (usage.output_tokens != null) next.outputTokens = usage.output_tokens;
  if (usage.input_tokens != null) {
    next.cachedInputTokens = usage.cache_read_input_tokens ?? 0;
    next.inputTokens = usage.input_tokens + (usage.cache_creation_input_tokens ?? 0) + next.cachedInputTokens;
  }
  return next;
}

function addOpenai(known: Usage, value: unknown): Usage {
  const parsed = openaiAnswer.safeParse(value);
  if (!parsed.success) return known;
  const { response } = parsed.data;
  const usage = response?.usage ?? parsed.data.usage;
  const model = response?.model ?? parsed.data.model ?? known.model;
  return usage ? { model, ...openaiCounts(known, usage) } : { ...known, model };
}

function openaiCounts(known: Usage, usage: z.infer<typeof openaiUsage>): Omit<Usage, "model"> {
  const details = usage.input_tokens_details ?? usage.prompt_tokens_details;
  return {
    inputTokens: usage.input_tokens ?? usage.prompt_tokens ?? known.inputTokens,
    cachedInputTokens: details?.cached_tokens ?? known.cachedInputTokens,
    outputTokens: usage.output_tokens ?? usage.completion_tokens ?? known.outputTokens,
  };
}
