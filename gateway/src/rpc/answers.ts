import type { RpcId } from "./call.ts";
import type { RpcFault } from "./errors.ts";

// Each answer is encoded on its own, so that the answers of a batch can be joined without encoding them again.

export function resultAnswer(id: RpcId, result: unknown): string {
  return `{"jsonrpc":"2.0","result":${JSON.stringify(result ?? null)},"id":${JSON.stringify(id)}}`;
}

export function faultAnswer(id: RpcId, fault: RpcFault): string {
  return `{"jsonrpc":"2.0","error":${JSON.stringify(fault)},"id":${JSON.stringify(id)}}`;
}

/** JSON-RPC 2.0, 6: the answers of a batch come as one array. */
export function batchAnswer(answers: readonly string[]): string {
  return `[${answers.join(",")}]`;
}

/** An event in the format of rpc-websockets, whose client passes the elements of `params` to the listener as arguments. */
export function eventMessage(name: string, params: string): string {
  return `{"notification":${JSON.stringify(name)},"params":[${params}]}`;
}
