import type { DeviceCredentials } from "@fleetlog/identity";
import type { Bus, EventLog } from "@fleetlog/log";
import type { CommandTail } from "./commands/tail.ts";
import type { Views } from "./views/views.ts";
import type { Writer } from "./writer/writer.ts";

/** What the use cases need; one a process, which may leave out what its use cases do not name. */
export interface Fleet {
  readonly log: EventLog;
  readonly bus: Bus;
  readonly writer: Writer;
  readonly views: Views;
  readonly credentials: DeviceCredentials;
  readonly tail: CommandTail;
}
