import type { Operators } from "@fleetlog/identity";
import type { Backbone } from "@fleetlog/log";
import type { CommandService } from "../commands/issue.ts";
import type { CommandTail } from "../commands/tail.ts";
import type { DeviceService } from "../devices/devices.ts";
import type { Metrics } from "../metrics/metrics.ts";

/** What the routes stand on. */
export interface HttpContext {
  readonly backbone: Backbone;
  readonly operators: Operators;
  readonly devices: DeviceService;
  readonly commands: CommandService;
  readonly tail: CommandTail;
  readonly metrics: Metrics;
  readonly clock: () => number;
  readonly commandDeadlineMs: number;
  /** Why this node should get no traffic; empty when it should. */
  readonly notReady: () => string[];
}
