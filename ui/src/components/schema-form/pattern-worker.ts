/** Runs patterns that devices declare. The page ends this worker if a pattern takes too long. */
export interface PatternRequest {
  readonly id: number;
  readonly pattern: string;
  readonly value: string;
}

export interface PatternAnswer {
  readonly id: number;
  readonly matches: boolean;
}

addEventListener("message", ({ data: { id, pattern, value } }: MessageEvent<PatternRequest>) => {
  let matches = true;
  try {
    matches = new RegExp(pattern, "u").test(value);
  } catch {
    // The browser does not support this pattern; the device validates the value.
  }
  (postMessage as (answer: PatternAnswer) => void)({ id, matches });
});
