import type { Views, Writer } from "@fleetlog/fleet";
import type { EventLog } from "@fleetlog/log";
import type { Logger } from "pino";
import type { Reserve } from "../../node/health/reserve.ts";
import type { DeviceConnection } from "../connection.ts";
import type { SessionObserver } from "../context.ts";

export interface CommandQueueOptions {
  readonly device: string;
  readonly epoch: number;
  readonly sessionId: string;
  readonly log: EventLog;
  readonly writer: Writer;
  readonly views: Views;
  readonly connection: DeviceConnection;
  readonly clock: () => number;
  readonly logger: Logger;
  readonly observe: Pick<SessionObserver, "refused">;
  readonly reserve: Pick<Reserve, "holding">;
  readonly capacity: number;
}
