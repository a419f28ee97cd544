import { shortened } from "@fleetlog/domain";
import { hostOf } from "../net/address.ts";
import type { BoundedLog } from "../net/bounded-log.ts";
import type { Refusals } from "../refusals/recorder.ts";

export interface RefusedLogin {
  readonly protocol: "mqtt" | "websocket";
  /** The name that the client sent: not verified, of any length. */
  readonly login: string | undefined;
  /** Not verified, as the login. Only MQTT has it beside a user name. */
  readonly clientId?: string | undefined;
  readonly address: string;
  /** One of a few values, because it is a label of a metric. */
  readonly reason: string;
  readonly why: string;
  /** For operators, not for the client: the device is unknown, is retired, or sent a wrong token. */
  readonly cause?: string | undefined;
}

export interface RefusedLoginsOptions {
  readonly boundedLog: BoundedLog;
  readonly count: (protocol: RefusedLogin["protocol"], reason: string) => void;
  readonly refusals: Pick<Refusals, "login">;
}

export class RefusedLogins {
  readonly #options: RefusedLoginsOptions;

  constructor(options: RefusedLoginsOptions) {
    this.#options = options;
  }

  add({ protocol, login, clientId, address, reason, why, cause }: RefusedLogin): void {
    const { boundedLog, count, refusals } = this.#options;
    count(protocol, reason);
    const name = login === undefined ? undefined : shortened(login);
    boundedLog.write({
      level: "warn",
      kind: "refused log-ins",
      address: hostOf(address),
      fields: { protocol, login: name, peer: address, reason, ...(cause !== undefined && { cause }) },
      message: `log-in refused: ${cause ?? shortened(why, 256)}`,
    });
    if (login !== undefined) refusals.login({ login, clientId, protocol, code: reason, cause, why, address });
  }
}

/** The cause in an error of `Sessions.authenticate`; undefined for other errors. */
export function loginCauseOf({ cause }: Error): string | undefined {
  return typeof cause === "string" ? cause : undefined;
}
