import { shortened } from "@fleetlog/domain";
import type { Refusals } from "../refusals/recorder.ts";
import { hostOf } from "./address.ts";
import type { BoundedLog } from "./bounded-log.ts";

export interface RefusedLogin {
  readonly protocol: "mqtt" | "websocket";
  /** The name that the client gave: unverified, and of any length. */
  readonly login: string | undefined;
  readonly address: string;
  /** One of a few fixed values, because it is a metric label. */
  readonly reason: string;
  /** The reason in a sentence for people. */
  readonly why: string;
  /**
   * The cause, only for the log: whether the device is unknown, is retired, or sent a wrong token. The peer does not
   * get it.
   */
  readonly cause?: string | undefined;
}

export interface RefusedLoginsOptions {
  readonly lines: BoundedLog;
  readonly count: (protocol: RefusedLogin["protocol"], reason: string) => void;
  readonly refusals: Pick<Refusals, "login">;
}

/** Counts every refused log-in, logs a limited number of them, and records those under a device's name. */
export class RefusedLogins {
  readonly #options: RefusedLoginsOptions;

  constructor(options: RefusedLoginsOptions) {
    this.#options = options;
  }

  add({ protocol, login, address, reason, why, cause }: RefusedLogin): void {
    const { lines, count, refusals } = this.#options;
    count(protocol, reason);
    const name = login === undefined ? undefined : shortened(login);
    lines.write({
      level: "warn",
      kind: "refused log-ins",
      address: hostOf(address),
      fields: { protocol, login: name, peer: address, reason, ...(cause !== undefined && { cause }) },
      message: `log-in refused: ${cause ?? shortened(why, 256)}`,
    });
    if (login !== undefined) refusals.login({ login, protocol, code: reason, cause, why, address });
  }
}

/** The cause that `Sessions.authenticate` has put into its error; undefined for any other error. */
export function loginCauseOf({ cause }: Error): string | undefined {
  return typeof cause === "string" ? cause : undefined;
}
