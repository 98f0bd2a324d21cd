"use client";
/** How a row far up in the conversation hands words to the box at the bottom. */
const NAME = "nightgate:put-back";

interface PutBack {
  job: string;
  text: string;
}

export function putBack(job: string, text: string): void {
  window.dispatchEvent(new CustomEvent<PutBack>(NAME, { detail: { job, text } }));
}

/** Calls `take` with words that are handed back for `job`; answers how to stop. */
export function onPutBack(job: string, take: (text: string) => void): () => void {
  const listener = (event: Event): void => {
    const { detail } = event as CustomEvent<PutBack>;
    if (detail.job === job) take(detail.text);
  };
  window.addEventListener(NAME, listener);
  return () => window.removeEventListener(NAME, listener);
}
