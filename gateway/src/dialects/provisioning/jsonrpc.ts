import { checker, PROVISION_METHODS, ProvisionAsk, ProvisionProgress } from "@fleetlog/protocol";
import { checkedBy, soleParam } from "../../rpc/params.ts";
import type { JsonRpcConversation, JsonRpcMethod } from "../jsonrpc-dialect.ts";

const checkAsk = checker(ProvisionAsk, "params");
const checkProgress = checker(ProvisionProgress, "params");

/** The session that answers a provisioning device's calls. */
export interface AskedSession {
  ask(ask: ProvisionAsk): Promise<unknown>;
  progress(progress: ProvisionProgress): Promise<number>;
}

/** A provisioning device's state for one connection. Its session is set once it is open. */
export class ProvisioningConversation implements JsonRpcConversation {
  session: AskedSession | undefined;

  /** It has no commands. */
  command(): undefined {
    return undefined;
  }
}

/** What a provisioning device may call: nothing else. */
export const provisioningMethods: readonly JsonRpcMethod<ProvisioningConversation>[] = [
  {
    method: PROVISION_METHODS.request,
    action: "provision.ask",
    // Without parameters it asks for a token.
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
