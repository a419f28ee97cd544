import type { Directory } from "@fleetlog/identity";
import type { Backbone, EventLog } from "@fleetlog/log";
import type { Logger } from "pino";
import type { Dialects } from "../dialects/index.ts";
import type { Provisioning } from "../provisioning/index.ts";
import type { Sessions } from "../sessions/index.ts";
import type { BoundedLog } from "./bounded-log.ts";
import type { FindClient } from "./client.ts";
import type { ConnectionLimit } from "./connection-limit.ts";
import type { RefusedLogins } from "./refused-logins.ts";

export interface EndpointLimits {
  /** Maximum bytes of one MQTT packet or WebSocket message. */
  readonly payloadBytes: number;
  /** Reports of one connection that may be on their way to the log at the same time. */
  readonly maxUnstoredReports: number;
  /** How long a new connection may take to log in, milliseconds. */
  readonly loginMs: number;
  /** Milliseconds of silence after which a WebSocket peer is pinged. */
  readonly pingMs: number;
}

/** Dependencies of the endpoints (WebSocket, MQTT). */
export interface EndpointContext {
  /** This node's name. */
  readonly gateway: string;
  readonly directory: Directory;
  readonly dialects: Dialects;
  readonly findClient: FindClient;
  readonly sessions: Sessions;
  readonly provisioning: Provisioning;
  readonly backbone: Backbone;
  readonly log: EventLog;
  readonly limits: EndpointLimits;
  /** Shared by all endpoints. */
  readonly connectionLimit: ConnectionLimit;
  readonly refusedLogins: RefusedLogins;
  readonly logger: Logger;
  readonly lines: BoundedLog;
  readonly clock: () => number;
}

export interface Endpoint {
  readonly connections: number;
  /** Closes all connections so that the devices reconnect elsewhere or later; resolves when they are closed. */
  close(): Promise<void>;
}
