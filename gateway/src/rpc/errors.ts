import { type ErrorCode, FleetError } from "@fleetlog/domain";
import { WIRE_ERRORS } from "@fleetlog/protocol";

/** An error (JSON-RPC 2.0, 5.1). `data.code` is for programs. */
export interface RpcFault {
  readonly code: number;
  readonly message: string;
  readonly data: {
    readonly code: ErrorCode;
    readonly field?: string;
    readonly advice?: string;
    readonly retryAfterMs?: number;
  };
}

const PARSE_ERROR = -32700;
const INVALID_REQUEST = -32600;
const METHOD_NOT_FOUND = -32601;

export function parseError(): RpcFault {
  return {
    code: PARSE_ERROR,
    message: "the message is not JSON in UTF-8",
    data: { code: "invalid-request", advice: "Send one JSON-RPC 2.0 call, or an array of calls, as one text message." },
  };
}

export function invalidRequest(message: string, field?: string): RpcFault {
  return { code: INVALID_REQUEST, message, data: { code: "invalid-request", ...(field !== undefined && { field }) } };
}

/** The only error of JSON-RPC that the domain lacks. */
export class MethodNotFound extends Error {
  override readonly name = "MethodNotFound";
  readonly methods: readonly string[];

  constructor(methods: readonly string[]) {
    super("there is no such method");
    this.methods = methods;
  }
}

/** Details of an internal error are left out. */
export function faultOf(error: unknown): RpcFault {
  if (error instanceof MethodNotFound) {
    const advice = `There are ${error.methods.join(", ")}.`;
    return { code: METHOD_NOT_FOUND, message: error.message, data: { code: "not-found", field: "method", advice } };
  }
  if (!(error instanceof FleetError)) {
    return { code: WIRE_ERRORS.internal.jsonrpc, message: "Internal error", data: { code: "internal" } };
  }
  const { code, message, field, advice, retryAfterMs } = error;
  return {
    code: WIRE_ERRORS[code].jsonrpc,
    message,
    data: {
      code,
      ...(field !== undefined && { field }),
      ...(advice !== undefined && { advice }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    },
  };
}
