import { checker, PROVISION_METHODS, ProvisionAsk, ProvisionProgress } from "@fleetlog/protocol";
import { checkedBy, soleParam } from "../../rpc/params.ts";
import type { JsonRpcConversation, JsonRpcMethod } from "../jsonrpc-dialect.ts";

const checkAsk = checker(ProvisionAsk, "params");
const checkProgress = checker(ProvisionProgress, "params");

/** The session that answers calls of a provisioning device. */
export interface AskedSession {
  ask(ask: ProvisionAsk): Promise<unknown>;
  progress(progress: ProvisionProgress): Promise<number>;
}

/** A provisioning device's state for one connection. `session` is set once the session is open. */
export class ProvisioningConversation implements JsonRpcConversation {
  session: AskedSession | undefined;

  command(): undefined {
    return undefined;
  }
}

export const provisioningMethods: readonly JsonRpcMethod<ProvisioningConversation>[] = [
  {
    method: PROVISION_METHODS.request,
    action: "provision.ask",
    // Without parameters, the device requests a token.
    answer: async (params, { session }) => opened(session).ask(checkedBy(checkAsk, soleParam(params ?? {}))),
  },
  {
    method: PROVISION_METHODS.progress,
    action: "provision.progress",
    answer: async (params, { session }) => ({
      seq: await opened(session).progress(checkedBy(checkProgress, soleParam(params))),
    }),
  },
];

function opened(session: AskedSession | undefined): AskedSession {
  if (session === undefined) throw new Error("a call came before the session was open");
  return session;
}
