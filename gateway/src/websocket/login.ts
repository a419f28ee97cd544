import { FleetError } from "@fleetlog/domain";
import type { DeviceProof, DirectoryEntry, PresentedIdentity } from "@fleetlog/identity";
import { checker, Login } from "@fleetlog/protocol";
import type { AuthorizedJsonRpc } from "../dialects/index.ts";
import { checkedBy, type Params, soleParam } from "./rpc/params.ts";

/** Where a client connects from, for the directory. */
export type Origin = Pick<PresentedIdentity, "address" | "listener">;

/** A device whose credential is right. */
export interface Authenticated {
  readonly device: DirectoryEntry;
  readonly proof: DeviceProof;
  readonly dialect: AuthorizedJsonRpc;
}

const TRIES = 3;
/** More messages than any program sends before it has logged in. */
const MESSAGES = 100;

const checkLogin = checker(Login, "params");

/** `{device, token}`, an array with that object alone, or `[device, token]`. @throws FleetError `invalid-request` */
export function readLogin(params: Params): Login {
  const [device, token, ...rest] = Array.isArray(params) ? params : [];
  const positional = typeof device === "string" && rest.length === 0;
  return checkedBy(checkLogin, positional ? { device, token } : soleParam(params));
}

/** Why a log-in was refused: a code that all protocols share, and a text for people. */
export function refusalOf(error: unknown): { reason: string; why: string } {
  if (error instanceof FleetError) return { reason: error.code, why: error.message };
  return { reason: "internal", why: "internal error" };
}

/** What a connection may do before it has logged in. */
export class LoginAttempts {
  #failures = 0;
  #messages = 0;

  /** @returns whether that was the last attempt it may make */
  failed(): boolean {
    return ++this.#failures >= TRIES;
  }

  /** @returns whether there were too many messages */
  message(): boolean {
    return ++this.#messages > MESSAGES;
  }
}
