import type { DeviceCredentials } from "@fleetlog/identity";
import type { Bus, EventLog } from "@fleetlog/log";
import type { CommandTail } from "./commands/tail.ts";
import type { Views } from "./views/views.ts";
import type { Writer } from "./writer/writer.ts";

/** Dependencies of the use cases; made once a process. Each use case names those that it needs. */
export interface Fleet {
  readonly log: EventLog;
  readonly bus: Bus;
  readonly writer: Writer;
  readonly views: Views;
  readonly credentials: DeviceCredentials;
  /** Follows the command events of the whole fleet. */
  readonly commandTail: CommandTail;
}
