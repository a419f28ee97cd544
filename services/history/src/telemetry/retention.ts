import type { Part } from "./manifest.ts";

export interface Retention {
  readonly maxAgeMs: number;
  readonly maxBytes: number;
}

/** The parts that stay: the newest up to a number of bytes, without those that are too old. The open part stays. */
export function kept(parts: readonly Part[], { maxAgeMs, maxBytes }: Retention, now: number): readonly Part[] {
  let bytes = 0;
  let first = parts.length;
  for (let i = parts.length - 1; i >= 0; i--) {
    const part = parts[i];
    if (part === undefined) break;
    bytes += part.file.bytes;
    if (!part.isOpen && (bytes > maxBytes || part.newest < now - maxAgeMs)) break;
    first = i;
  }
  return parts.slice(first);
}
