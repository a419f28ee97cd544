import { isUtf8 } from "node:buffer";
import { FleetError, invalid, shortened } from "@fleetlog/domain";
import type { CommandResultPayload } from "@fleetlog/protocol";
import { changedNumber } from "@fleetlog/runtime";

/** The id in the answer to a request that came too late. The answer does not identify the request. */
export const EXPIRED_ID = -1;

export interface Answer {
  readonly id: number;
  readonly state: number;
  readonly payload: unknown;
}

const NUMBER = /^-?\d{1,15}$/;
const LONGEST_CODE = 128;
const LONGEST_MESSAGE = 1_024;
/** The maximum depth of a value: deeper values could not be written as JSON again. */
const DEEPEST = 128;

/** @throws FleetError `invalid-request` with the name of the invalid field */
export function readAnswer(bytes: Buffer): Answer {
  const value = parsed(textOf(bytes));
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid("payload", "an answer must be a JSON object");
  }
  const { "request-id": given, state, payload = null } = value as Record<string, unknown>;
  const id = integerIn(given);
  if (id === undefined) throw invalid("request-id", "request-id must be a whole number");
  if (id === EXPIRED_ID) return { id, state: 0, payload: null };
  const code = integerIn(state);
  if (code === undefined || code < 100 || code > 999) throw invalid("state", "state must be an HTTP status");
  return { id, state: code, payload: typeof payload === "string" ? ifJson(payload) : payload };
}

/** The end of a command. A state from 400 is a failure, with the device's own code and text if the answer has them. */
export function resultOf({ state, payload }: Pick<Answer, "state" | "payload">): CommandResultPayload {
  if (state < 400) return { ok: true, result: { state, payload } };
  const { code, message } = errorIn(payload);
  return {
    ok: false,
    error: {
      code: codeIn(code) ?? state,
      message: shortened(
        typeof message === "string" ? message : `the device answered with state ${state}`,
        LONGEST_MESSAGE,
      ),
      data: { state, payload },
    },
  };
}

function errorIn(payload: unknown): { readonly code?: unknown; readonly message?: unknown } {
  const { error } = (typeof payload === "object" && payload !== null ? payload : {}) as { error?: unknown };
  if (typeof error === "string") return { message: error };
  return typeof error === "object" && error !== null ? error : {};
}

function codeIn(code: unknown): string | number | undefined {
  if (Number.isSafeInteger(code)) return code as number;
  return typeof code === "string" && code !== "" && code.length <= LONGEST_CODE ? code : undefined;
}

function integerIn(value: unknown): number | undefined {
  if (typeof value === "string" && NUMBER.test(value)) return Number(value);
  return Number.isSafeInteger(value) ? (value as number) : undefined;
}

function textOf(bytes: Buffer): string {
  // Decoding would replace invalid bytes silently.
  if (!isUtf8(bytes)) throw invalid("payload", "payload is not UTF-8");
  return bytes.toString("utf8");
}

function parsed(text: string): unknown {
  if (isTooDeep(text)) throw invalid("payload", `payload is nested more than ${DEEPEST} levels deep`);
  try {
    return withAllDigits(text);
  } catch (cause) {
    throw new FleetError("invalid-request", "payload is not JSON", { field: "payload", cause });
  }
}

/** Devices send the answer of their REST API as JSON, or as a text that contains JSON. */
function ifJson(text: string): unknown {
  try {
    return isTooDeep(text) ? text : withAllDigits(text);
  } catch {
    return text;
  }
}

/** A number that would lose digits becomes a text. */
function withAllDigits(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (changedNumber(text) === undefined) return value;
  return JSON.parse(text, ((_key: string, one: unknown, { source }: { readonly source?: string }) =>
    typeof one === "number" && source !== undefined && changedNumber(source) !== undefined ? source : one) as (
    key: string,
    value: unknown,
  ) => unknown);
}

function isTooDeep(text: string): boolean {
  let depth = 0;
  let isText = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (isText) {
      if (code === 0x5c) i++;
      else if (code === 0x22) isText = false;
    } else if (code === 0x22) isText = true;
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > DEEPEST) return true;
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
  return false;
}
