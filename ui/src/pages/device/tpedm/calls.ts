import { OPERATIONS, type Operation } from "@fleetlog/protocol/tpedm";

/** The command by which a device of TPEDM gets a call of its REST API. */
export const REST = "rest";

export const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}

/** A command's parameters as a call; undefined if they are not valid. */
export function callOf(params: unknown): Call | undefined {
  if (typeof params !== "object" || params === null) return undefined;
  const { method, path, body } = params as Partial<Call>;
  if (typeof method !== "string" || typeof path !== "string") return undefined;
  return { method, path, ...(body !== undefined && { body }) };
}

/** The operation of the catalogue to which a call belongs. */
export function operationOf({ method, path }: Pick<Call, "method" | "path">): Operation | undefined {
  const levels = levelsOf(path);
  return OPERATIONS.find((operation) => {
    if (operation.method !== method.toUpperCase()) return false;
    const pattern = levelsOf(operation.path);
    return pattern.length === levels.length && pattern.every((level, at) => level === levels[at] || isOpen(level));
  });
}

/** The paths of the catalogue with this method, for completion. */
export function pathsOf(method: string): readonly string[] {
  return [...new Set(OPERATIONS.filter((one) => one.method === method).map(({ path }) => path))].sort();
}

/** The names in a path that are still to be filled in, such as `{id}`. */
export function openNames(path: string): readonly string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
}

/** Why the path can't be sent; undefined: it can. */
export function pathFault(path: string): string | undefined {
  if (path === "") return "A call needs a path.";
  if (!path.startsWith("/") || path.length < 2) return "A path begins with /.";
  if (/\s/.test(path)) return "A path has no spaces.";
  const [name] = openNames(path);
  return name === undefined ? undefined : `Put the ${name} in place of {${name}}.`;
}

/** Key of the saved calls in the browser's storage. */
export const SAVED_KEY = "fleetlog.tpedm.calls";
const MOST_SAVED = 50;

export function savedCalls(text: string | null): readonly Call[] {
  try {
    const calls: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(calls) ? calls.map(callOf).filter((call) => call !== undefined) : [];
  } catch {
    return [];
  }
}

/** The calls with the given one first, and each call once. */
export function withCall(calls: readonly Call[], call: Call): readonly Call[] {
  return [call, ...withoutCall(calls, call)].slice(0, MOST_SAVED);
}

export function withoutCall(calls: readonly Call[], call: Call): readonly Call[] {
  const text = JSON.stringify(call);
  return calls.filter((one) => JSON.stringify(one) !== text);
}

/** The state and payload of an answer, whether the command has completed or failed. */
export function answerIn({
  result,
  error,
}: {
  readonly result?: unknown;
  readonly error?: { readonly data?: unknown } | undefined;
}): { readonly state: number; readonly payload: unknown } | undefined {
  const value = (error === undefined ? result : error.data) as
    | { state?: unknown; payload?: unknown }
    | null
    | undefined;
  return typeof value?.state === "number" ? { state: value.state, payload: value.payload ?? null } : undefined;
}

function levelsOf(path: string): readonly string[] {
  return (path.split("?")[0] ?? "").split("/");
}

function isOpen(level: string): boolean {
  return /^\{\w+\}$/.test(level);
}
