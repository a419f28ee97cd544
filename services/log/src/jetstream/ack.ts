import type { Appended } from "../log.ts";
import type { ApiErrorBody } from "./api-error.ts";

const SEQ = [0x22, 0x73, 0x65, 0x71, 0x22, 0x3a] as const; // "seq":
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** `count`: the size of the batch that is stored; only in the answer to a batch. */
export type Ack = (Appended & { readonly count?: number }) | { readonly error: ApiErrorBody };

const NO_RESPONDERS: Ack = { error: { code: 503, description: "no responders" } };

/** Reads the usual form, `{"stream":"FLEET","seq":7}`, without JSON.parse for speed. */
export function parseAck(data: Uint8Array): Ack {
  if (data.length === 0) return NO_RESPONDERS;
  return parseFast(data) ?? parseJson(data);
}

function parseFast(data: Uint8Array): Appended | undefined {
  if (data[0] !== OPEN) return undefined;
  const end = data.length;
  for (let i = 1; i < end; i++) {
    if (data[i] !== SEQ[0] || data[i + 1] !== SEQ[1] || !matches(data, i)) continue;
    let at = i + SEQ.length;
    while (data[at] === 0x20) at++;
    let seq = 0;
    for (let digit = (data[at] ?? 0) - 0x30; digit >= 0 && digit <= 9; digit = (data[++at] ?? 0) - 0x30) {
      seq = seq * 10 + digit;
    }
    return data[at] === CLOSE && at === end - 1 && seq > 0 ? { seq, duplicate: false } : undefined;
  }
  return undefined;
}

function matches(data: Uint8Array, at: number): boolean {
  for (let i = 2; i < SEQ.length; i++) if (data[at + i] !== SEQ[i]) return false;
  return true;
}

function parseJson(data: Uint8Array): Ack {
  try {
    const body = JSON.parse(new TextDecoder().decode(data)) as {
      readonly seq?: number;
      readonly duplicate?: boolean;
      readonly count?: number;
      readonly error?: ApiErrorBody;
    };
    if (body.error !== undefined) return { error: body.error };
    const { seq = 0, count } = body;
    if (typeof seq === "number" && seq > 0)
      return { seq, duplicate: body.duplicate === true, ...(count !== undefined && { count }) };
  } catch {}
  return { error: { code: 500, description: "unreadable acknowledgement" } };
}
