import { FleetError } from "@fleetlog/domain";
import { checker, Login } from "@fleetlog/protocol";
import { type Params, read, sole } from "../dialects/native/jsonrpc.ts";

const TRIES = 3;
/** More messages than any program sends before it has logged in. */
const MESSAGES = 100;

const checkLogin = checker(Login, "params");

/** `{device, token}`, an array with that object alone, or `[device, token]`. @throws FleetError `invalid-request` */
export function readLogin(params: Params): Login {
  const [device, token, ...rest] = Array.isArray(params) ? params : [];
  const positional = typeof device === "string" && rest.length === 0;
  return read(checkLogin, positional ? { device, token } : sole(params));
}

/** Why a log-in failed, in a word that all protocols share and in words for people. */
export function refusalOf(error: unknown): { reason: string; why: string } {
  if (error instanceof FleetError) return { reason: error.code, why: error.message };
  return { reason: "internal", why: "it failed here" };
}

/** How much a connection may try before it is known whose it is. */
export class Patience {
  #failures = 0;
  #messages = 0;

  /** @returns whether the connection has had its tries */
  failed(error: unknown): boolean {
    if (!(error instanceof FleetError) || error.code !== "unauthenticated") return false;
    return ++this.#failures >= TRIES;
  }

  /** @returns whether there were too many */
  message(): boolean {
    return ++this.#messages > MESSAGES;
  }
}
