import { createHash } from "node:crypto";
import { checker } from "@fleetlog/protocol";
import Type, { type Static } from "typebox";

/** The only command of these devices: a call of their REST API. */
export const REST = "rest";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
const API_PREFIX = /^\/api\/v1(?=\/)/;
/** The gateway sets these headers itself. */
const OWN_HEADERS: ReadonlySet<string> = new Set(["request-id", "request-expired-time"]);

const Parameters = Type.Object(
  {
    method: Type.String({ minLength: 1, maxLength: 16 }),
    path: Type.String({
      minLength: 2,
      maxLength: 2_048,
      pattern: "^/[^\\u0000-\\u0020]+$",
      accepts: "a path that begins with /",
    }),
    body: Type.Optional(Type.Unknown()),
    headers: Type.Optional(
      Type.Record(Type.String({ minLength: 1, maxLength: 128 }), Type.String({ maxLength: 4_096 })),
    ),
  },
  { additionalProperties: false },
);
const check = checker(Parameters, "params");

/** What is wrong with a command's parameters. `field` is relative to the parameters, such as `path`. */
export interface CallFault {
  readonly fault: string;
  readonly field: string;
}

export type RestCall = Static<typeof Parameters>;

/** A command's parameters as a call, or why they are not valid. */
export function restCallOf(params: unknown): { readonly call: RestCall } | CallFault {
  const checked = check(params);
  if (!checked.ok) return { fault: checked.message, field: checked.field.replace(/^params\./, "") };
  const { method, path, headers = {} } = checked.value;
  const call = { ...checked.value, method: method.toUpperCase(), path: path.replace(API_PREFIX, "") };
  if (!METHODS.includes(call.method)) return { fault: `method must be one of ${METHODS.join(", ")}`, field: "method" };
  const own = Object.keys(headers).find((name) => OWN_HEADERS.has(name.toLowerCase()));
  if (own !== undefined) return { fault: `the header ${own} is set from the command`, field: "headers" };
  return { call };
}

/** Whether the device may get the call twice without doing something twice. */
export function isRepeatable({ method }: RestCall): boolean {
  return method === "GET" || method === "HEAD" || method === "OPTIONS";
}

export function requestText({ method, path, body, headers = {} }: RestCall, id: number, expiresAt: number): string {
  return JSON.stringify({
    path,
    method,
    headers: [
      { "request-expired-time": utcTime(expiresAt) },
      { "request-id": String(id) },
      ...Object.entries(headers).map(([name, value]) => ({ [name]: value })),
    ],
    requestBody: body ?? null,
  });
}

/** `2020-11-12 11:45:26` in UTC, with a fraction where there is one. @param at milliseconds */
export function utcTime(at: number): string {
  return new Date(at)
    .toISOString()
    .replace("T", " ")
    .replace(/(\.000)?Z$/, "");
}

const LARGEST_ID = 2 ** 31 - 1;

/**
 * A number from 1, because devices may read the id as a number. It is the same on every node and after a reconnect, so
 * that a late answer still finds its command.
 */
export function requestIdOf(command: string): number {
  return (createHash("sha256").update(command).digest().readUInt32BE() % LARGEST_ID) + 1;
}

export function idAfter(id: number): number {
  return (id % LARGEST_ID) + 1;
}
