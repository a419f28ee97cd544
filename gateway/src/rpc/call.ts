import type { JsonObject } from "@fleetlog/domain";
import { invalidRequest, type RpcFault } from "./errors.ts";

/** JSON-RPC 2.0, 4 also allows null, 0 and "". */
export type RpcId = string | number | null;

export interface RpcCall {
  readonly method: string;
  readonly params: readonly unknown[] | JsonObject | undefined;
  /** Undefined: a notification, which gets no answer (JSON-RPC 2.0, 4.1). */
  readonly id: RpcId | undefined;
}

/** An invalid call. `id` is null if it can't be read (JSON-RPC 2.0, 5). */
export interface Malformed {
  readonly fault: RpcFault;
  readonly id: RpcId;
}

/** JSON-RPC 2.0, 4. Unknown members are ignored. */
export function readCall(value: unknown): RpcCall | Malformed {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { fault: invalidRequest("a call is an object"), id: null };
  }
  const { jsonrpc, method, params, id } = value as Record<string, unknown>;
  if (id !== undefined && id !== null && typeof id !== "string" && typeof id !== "number") {
    return { fault: invalidRequest("id is neither a string, a number nor null", "id"), id: null };
  }
  const answerTo = id ?? null;
  if (jsonrpc !== "2.0") return { fault: invalidRequest('jsonrpc is not "2.0"', "jsonrpc"), id: answerTo };
  if (typeof method !== "string") return { fault: invalidRequest("method is not a string", "method"), id: answerTo };
  // JSON-RPC 2.0, 4.2 does not allow null, but rpc-websockets 5 sends it for a call without parameters.
  if (params !== undefined && typeof params !== "object") {
    return { fault: invalidRequest("params is neither an object nor an array", "params"), id: answerTo };
  }
  return { method, params: (params ?? undefined) as RpcCall["params"], id };
}
