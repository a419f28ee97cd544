import type { Appended } from "../../log.ts";
import type { ApiErrorBody } from "../connection/api-error.ts";

const SEQ = [0x22, 0x73, 0x65, 0x71, 0x22, 0x3a] as const; // "seq":
const OPEN = 0x7b;
const CLOSE = 0x7d;
const SPACE = 0x20;
const ZERO = 0x30;

/** `count`: the size of the batch that is stored; only in the answer to a batch. */
export type Ack = (Appended & { readonly count?: number }) | { readonly error: ApiErrorBody };

const NO_RESPONDERS: Ack = { error: { code: 503, description: "no responders" } };

/**
 * Reads the usual form, `{"stream":"FLEET","seq":7}`, without JSON.parse for speed.
 * @param data has the acknowledgement from `start` to `end`
 */
export function parseAck(data: Uint8Array, start = 0, end = data.length): Ack {
  if (start === end) return NO_RESPONDERS;
  return parseFast(data, start, end) ?? parseJson(data.subarray(start, end));
}

/** Reads backwards, because the sequence is the last field. Undefined if it is not, as in a repeated event's acknowledgement. */
function parseFast(data: Uint8Array, start: number, end: number): Appended | undefined {
  if (data[start] !== OPEN || data[end - 1] !== CLOSE) return undefined;
  let at = end - 2;
  let seq = 0;
  for (let unit = 1; isDigit(data[at]); unit *= 10) seq += ((data[at--] as number) - ZERO) * unit;
  if (data[at] === SPACE) at--;
  const name = at - SEQ.length + 1;
  if (name <= start) return undefined;
  for (let i = 0; i < SEQ.length; i++) if (data[name + i] !== SEQ[i]) return undefined;
  return seq > 0 ? { seq, duplicate: false } : undefined;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= ZERO + 9;
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
