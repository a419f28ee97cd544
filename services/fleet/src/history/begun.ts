import type { History } from "./history.ts";

/** An answer whose first part is its head, in JSON. */
export interface Begun<Head> {
  readonly head: Head;
  readonly parts: AsyncGenerator<string, void, undefined>;
}

/** Resolves once the head is here. @param signal ends the answer, even if its parts are not read */
export async function begin<Head>(
  history: Pick<History, "read">,
  call: string,
  request: unknown,
  signal: AbortSignal,
): Promise<Begun<Head>> {
  const parts = history.read(call, request, signal);
  signal.addEventListener("abort", () => void parts.return());
  const { value, done } = await parts.next();
  if (done === true) throw new TypeError("an export has no head");
  return { head: JSON.parse(value) as Head, parts };
}
