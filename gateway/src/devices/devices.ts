import {
  type Consequence,
  consequenceOf,
  type DeviceCommand,
  type DeviceState,
  device as decider,
  encodeToken,
  FleetError,
  parseDeviceId,
  type RecordedEvent,
} from "@fleetlog/domain";
import type { DeviceCredentials } from "@fleetlog/identity";
import { type Backbone, handle, loadFromLog } from "@fleetlog/log";
import { liveSubject } from "@fleetlog/protocol";
import { PATIENCE_MS } from "../commands/patience.ts";
import type { Frame } from "../sessions/frames.ts";

export interface DeviceServiceOptions {
  readonly backbone: Backbone;
  readonly credentials: DeviceCredentials;
  readonly frame: Frame;
}

/** Who asks, for the history and the logs. */
export interface Asker {
  readonly by: string;
  readonly correlationid: string;
}

export interface Done {
  /** Log sequence of the device's newest event afterwards. */
  readonly seq: number;
}

/** What operators do with devices. */
export class DeviceService {
  readonly #options: DeviceServiceOptions;

  constructor(options: DeviceServiceOptions) {
    this.#options = options;
  }

  /**
   * Registers, and resolves with the token, which nobody can read again. The event comes first: a device that exists
   * without a token can be given one, a token without a device would be a way in that nobody sees.
   * @throws FleetError `invalid-request`, `device-exists`
   */
  async register(
    id: unknown,
    name: string | undefined,
    tags: readonly string[],
    asker: Asker,
  ): Promise<Done & { token: string }> {
    const device = parseDeviceId(id);
    const command = {
      type: "RegisterDevice",
      device,
      tags,
      by: asker.by,
      ...(name !== undefined && { name }),
    } as const;
    const { seq } = await this.#decide(device, command, asker);
    return { seq, token: await this.#options.credentials.issue(device) };
  }

  /** A name of `null` is removed. */
  async change(
    device: string,
    { name, tags }: { name?: string | null; tags?: readonly string[] },
    asker: Asker,
  ): Promise<Done> {
    let seq = 0;
    const { by } = asker;
    if (name !== undefined) {
      const command =
        name === null ? ({ type: "RemoveName", by } as const) : ({ type: "RenameDevice", name, by } as const);
      ({ seq } = await this.#decide(device, command, asker));
    }
    if (tags !== undefined) ({ seq } = await this.#decide(device, { type: "TagDevice", tags, by }, asker));
    return { seq };
  }

  /** Replaces the token; sessions opened with the old one end. */
  async rotateToken(device: string, asker: Asker): Promise<Done & { token: string }> {
    const { seq, event } = await this.#decide(device, { type: "RotateToken", by: asker.by }, asker);
    const { credentials } = this.#options;
    // Without a token so far: its registration was cut short between the event and the token.
    const token = (await credentials.rotate(device)) ?? (await credentials.issueFirst(device));
    if (token === undefined) {
      throw new FleetError("device-retired", `device ${device} was retired`, {
        advice: "Register it again to use it.",
      });
    }
    this.#tell(device, "credential", event);
    return { seq, token };
  }

  /**
   * The credential dies first, so that no crash in between leaves a retired device with a way in. Where the log does not
   * take the retirement, the session ends all the same, and the refusal says how far it came; repeated, it is completed.
   */
  async retire(device: string, reason: string | undefined, asker: Asker): Promise<Done> {
    const { backbone, credentials } = this.#options;
    const { state } = await loadFromLog(backbone.log, decider, "device", device);
    if (state.status === "unknown")
      throw new FleetError("device-unknown", `there is no device ${device}`, { field: "id" });
    await credentials.revoke(device);
    const command = { type: "RetireDevice", by: asker.by, ...(reason !== undefined && { reason }) } as const;
    try {
      const { seq, event } = await this.#decide(device, command, asker);
      this.#tell(device, "retired", event);
      return { seq };
    } catch (error) {
      this.#tell(device, "credential", undefined);
      throw error instanceof FleetError ? halfRetired(device, error) : error;
    }
  }

  async #decide(device: string, command: DeviceCommand, { by, correlationid }: Asker) {
    const { backbone, frame } = this.#options;
    const { lastSeq, events } = await handle<DeviceState, DeviceCommand, ReturnType<typeof decider.decide>[number]>({
      log: backbone.log,
      decider,
      load: () => loadFromLog(backbone.log, decider, "device", device),
      command,
      patienceMs: PATIENCE_MS,
      frame: () => frame(device, { source: `/operators/${by}`, correlationid }),
    });
    return { seq: lastSeq, event: events.at(-1) };
  }

  #tell(device: string, kind: "retired" | "credential", event: RecordedEvent | undefined): void {
    const told: Consequence = event === undefined ? {} : consequenceOf(event);
    this.#options.backbone.bus.publish(liveSubject(encodeToken(device), kind), told);
  }
}

function halfRetired(device: string, cause: FleetError): FleetError {
  if (cause.code !== "log-full" && cause.code !== "log-unavailable") return cause;
  return new FleetError(
    cause.code,
    `${cause.message}. The credential of ${device} is dead and its session ends; its retirement is not known to be recorded`,
    { advice: "Repeat it once the log takes events again: that completes the retirement.", cause },
  );
}
