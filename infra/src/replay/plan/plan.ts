import { parseSubject, type RecordedEvent, type SessionOpened } from "@fleetlog/domain";
import type { DeviceResource } from "@fleetlog/protocol";
import type { Action, Registered } from "./actions.ts";
import { AnsweredCommands } from "./commands.ts";
import { reportOf } from "./report.ts";
import { Sessions } from "./sessions.ts";

export interface PlanOptions {
  /** Only these devices; default: all. */
  readonly only?: ReadonlySet<string> | undefined;
  /** Devices whose ids begin with this are left out: an earlier replay has registered them. */
  readonly prefix: string;
}

type PastRow = Pick<DeviceResource, "id" | "name" | "tags" | "status" | "session">;

/** If a session ended for one of these reasons, its replayed connection breaks off instead of being closed. */
const BROKEN: ReadonlySet<string> = new Set(["lost", "timeout"]);

/** Decides which device does what, from the events of a span. No I/O, no clock. */
export class Plan {
  readonly #options: PlanOptions;
  readonly #known = new Set<string>();
  readonly #sessions = new Sessions();
  readonly #commands = new AnsweredCommands();

  constructor(options: PlanOptions) {
    this.#options = options;
  }

  get connected(): number {
    return this.#sessions.size;
  }

  /** The fleet at the beginning of the span. */
  begin(rows: readonly PastRow[]): Action[] {
    const actions: Action[] = [];
    for (const { id: device, name, tags, status, session } of rows) {
      if (!this.includes(device) || status === "retired") continue;
      actions.push(...this.#ensure({ device, name, tags }));
      if (session === undefined) continue;
      this.#sessions.begin({ id: device, session });
      actions.push(connect(device, session.protocol, session.version));
    }
    return actions;
  }

  includes(device: string): boolean {
    const { only, prefix } = this.#options;
    return (only?.has(device) ?? true) && (prefix === "" || !device.startsWith(prefix));
  }

  take(event: RecordedEvent): Action[] {
    if (event.type === "GatewayLost" || event.type === "GatewayStopped") {
      const cut = event.type === "GatewayLost";
      return this.#sessions.endOf(event).map((device) => ({ do: "disconnect", device, cut }));
    }
    const device = parseSubject(event.subject)?.entity;
    if (device === undefined || !this.includes(device)) return [];
    switch (event.type) {
      case "DeviceRegistered":
        return this.#ensure({ device, name: event.data.name, tags: event.data.tags });
      case "DeviceRenamed":
        return this.#with(device, { do: "rename", device, name: event.data.name });
      case "DeviceNameRemoved":
        return this.#with(device, { do: "rename", device, name: null });
      case "DeviceTagged":
        return this.#with(device, { do: "tag", device, tags: event.data.tags });
      case "DeviceRetired":
        return this.#sessions.end(device) ? [{ do: "disconnect", device, cut: false }] : [];
      case "DeviceProfileReported":
        return this.#with(device, { do: "profile", device, profile: { ...event.data.profile } });
      case "SessionOpened":
        return this.#opened(device, event);
      case "SessionClosed":
        if (!this.#sessions.close(event)) return [];
        return [{ do: "disconnect", device, cut: BROKEN.has(event.data.reason) }];
      case "TelemetryReported":
      case "DeviceEventReported":
        return this.#sent(device, { do: "report", device, report: reportOf(event) });
      case "CommandIssued":
        this.#commands.issued(event);
        return [];
      case "CommandCompleted":
      case "CommandFailed": {
        const answer = this.#commands.answered(event);
        return answer === undefined ? [] : this.#with(device, answer);
      }
      case "CommandExpired":
      case "CommandCancelled":
        this.#commands.forget(event.data.command);
        return [];
      default:
        return [];
    }
  }

  #ensure(registered: Registered): Action[] {
    if (this.#known.has(registered.device)) return [];
    this.#known.add(registered.device);
    return [{ do: "register", ...registered }];
  }

  /**
   * Registers the device if it is new at the target. A device that was registered before the span, but is not in the
   * fleet at the span's beginning, gets no name.
   */
  #with(device: string, action: Action): Action[] {
    return [...this.#ensure({ device, tags: [] }), action];
  }

  /** A connection that takes over replaces the earlier one. */
  #opened(device: string, event: Extract<RecordedEvent, { type: "SessionOpened" }>): Action[] {
    const replaced: Action[] = this.#sessions.has(device) ? [{ do: "disconnect", device, cut: true }] : [];
    this.#sessions.open(event);
    const { protocol, version }: SessionOpened["data"] = event.data;
    return [...replaced, ...this.#with(device, connect(device, protocol, version))];
  }

  /**
   * Clocks of gateways differ, so a report may come after the end of its session. Then it gets a short session of its
   * own.
   */
  #sent(device: string, action: Action): Action[] {
    if (this.#sessions.has(device)) return this.#with(device, action);
    return [...this.#with(device, connect(device, "websocket")), action, { do: "disconnect", device, cut: false }];
  }
}

function connect(device: string, protocol: string, version?: string): Action {
  const mqttVersion = version?.startsWith("MQTT 3") ? 4 : 5;
  return { do: "connect", device, protocol: protocol === "mqtt" ? "mqtt" : "websocket", mqttVersion };
}
