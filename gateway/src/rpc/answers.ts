import type { RpcId } from "./call.ts";
import type { RpcFault } from "./errors.ts";

// Each answer is encoded on its own, so that a batch of answers can be joined.

export function resultAnswer(id: RpcId, result: unknown): string {
  return `{"jsonrpc":"2.0","result":${JSON.stringify(result ?? null)},"id":${JSON.stringify(id)}}`;
}

export function faultAnswer(id: RpcId, fault: RpcFault): string {
  return `{"jsonrpc":"2.0","error":${JSON.stringify(fault)},"id":${JSON.stringify(id)}}`;
}

/** JSON-RPC 2.0, 6. */
export function batchAnswer(answers: readonly string[]): string {
  return `[${answers.join(",")}]`;
}

/** An event for rpc-websockets' client. @param params arguments of the listener */
export function eventMessage(name: string, params: string): string {
  return `{"notification":${JSON.stringify(name)},"params":[${params}]}`;
}
