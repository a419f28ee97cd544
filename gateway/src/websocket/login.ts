import { FleetError } from "@fleetlog/domain";
import type { DeviceProof, DirectoryEntry, PresentedIdentity } from "@fleetlog/identity";
import { checker, Login } from "@fleetlog/protocol";
import type { AuthorizedJsonRpc } from "../dialects/index.ts";
import { loginCauseOf, type RefusedLogin } from "../endpoints/refused-logins.ts";
import { checkedBy, type Params, soleParam } from "../rpc/params.ts";

export type Origin = Pick<PresentedIdentity, "address" | "listener"> & {
  /** Whether the client uses TLS, to this gateway or to a trusted proxy. */
  readonly encrypted: boolean;
};

/** A device after the check of its credential. */
export interface Authenticated {
  readonly device: DirectoryEntry;
  readonly proof: DeviceProof;
  readonly dialect: AuthorizedJsonRpc;
}

const MAX_FAILURES = 3;
/** Maximum number of messages before the log-in; programs send fewer. */
const MAX_MESSAGES = 100;

const checkLogin = checker(Login, "params");

/** Reads `{device, token}`, `[{device, token}]` or `[device, token]`. @throws FleetError `invalid-request` */
export function readLogin(params: Params): Login {
  const [device, token, ...rest] = Array.isArray(params) ? params : [];
  const positional = typeof device === "string" && rest.length === 0;
  return checkedBy(checkLogin, positional ? { device, token } : soleParam(params));
}

/** The reason of a refused log-in: a code that all protocols share, and a text for people. */
export function refusalOf(error: unknown): Pick<RefusedLogin, "reason" | "why" | "cause"> {
  if (error instanceof FleetError) return { reason: error.code, why: error.message, cause: loginCauseOf(error) };
  return { reason: "internal", why: "internal error" };
}

export class LoginAttempts {
  #failures = 0;
  #messages = 0;

  /** Returns true if no further attempt is allowed. */
  failed(): boolean {
    return ++this.#failures >= MAX_FAILURES;
  }

  /** Returns true if there were too many messages. */
  message(): boolean {
    return ++this.#messages > MAX_MESSAGES;
  }
}
