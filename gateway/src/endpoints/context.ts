import type { Directory } from "@fleetlog/identity";
import type { Backbone, EventLog } from "@fleetlog/log";
import type { Logger } from "pino";
import type { Dialects } from "../dialects/index.ts";
import type { BoundedLog } from "../net/bounded-log.ts";
import type { ConnectionLimit } from "../net/connection-limit.ts";
import type { FindClient } from "../net/proxies/client.ts";
import type { Provisioning } from "../provisioning/index.ts";
import type { Sessions } from "../sessions/index.ts";
import type { WaitingClients } from "../waiting/index.ts";
import type { RefusedLogins } from "./refused-logins.ts";

export interface EndpointLimits {
  /** Maximum bytes of one MQTT packet or WebSocket message. */
  readonly payloadBytes: number;
  /** Maximum reports of one connection that wait for the log. */
  readonly maxUnstoredReports: number;
  /** Milliseconds that a new connection may take to log in. */
  readonly loginMs: number;
  /** Milliseconds of silence after which a WebSocket peer is pinged. */
  readonly pingMs: number;
}

/** Dependencies of the device endpoints. */
export interface EndpointContext {
  readonly gateway: string;
  readonly directory: Directory;
  readonly dialects: Dialects;
  readonly findClient: FindClient;
  readonly sessions: Sessions;
  readonly provisioning: Provisioning;
  readonly waiting: WaitingClients;
  readonly backbone: Backbone;
  readonly log: EventLog;
  readonly limits: EndpointLimits;
  readonly connectionLimit: ConnectionLimit;
  readonly refusedLogins: RefusedLogins;
  readonly logger: Logger;
  readonly boundedLog: BoundedLog;
  readonly clock: () => number;
}
