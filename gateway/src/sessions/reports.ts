import { type DeviceOrder, FleetError, type FleetEvent, reportId } from "@fleetlog/domain";
import { type Metadata, reportConfiguration, reportProfile, type Writer } from "@fleetlog/fleet";
import { encodeEvent } from "@fleetlog/log";
import type { ConfigurationReport, EventReport, Profile, Telemetry } from "@fleetlog/protocol";
import type { SessionContext } from "./context.ts";
import type { ReportCategory } from "./repeats/boots.ts";
import type { Repeats } from "./repeats/repeats.ts";

/** Stores a session's reports. The methods' promises resolve with the log sequence when the report is stored. */
export class Reports {
  readonly #context: SessionContext;
  readonly #accountWriter: Writer;
  readonly #device: string;
  readonly #repeats: Repeats;
  #ownWriter: Writer | undefined;
  #revoked = false;

  constructor(context: SessionContext, accountWriter: Writer, device: string, repeats: Repeats) {
    this.#context = context;
    this.#accountWriter = accountWriter;
    this.#device = device;
    this.#repeats = repeats;
  }

  /** No further report is stored, not even a waiting one. */
  revoke(): void {
    this.#revoked = true;
  }

  /**
   * When the items are sent again, `boot` and `seq` show which are stored. Telemetry never waits for FLEET's reserve,
   * because it has its own stream.
   */
  async telemetry(items: readonly Telemetry[]): Promise<number> {
    this.#mustBeAllowed();
    // All items are validated before the first append, so that a report is stored as a whole.
    const events = items.map(({ at, ...data }) =>
      this.#writer.event(
        { type: "TelemetryReported", data },
        this.#device,
        metadataFrom(reportId(this.#device, data), at),
      ),
    );
    const [first] = events;
    const [item] = items;
    if (events.length === 1 && first !== undefined && item !== undefined) return this.#append("telemetry", item, first);
    const sequences = await Promise.all(events.map((event, i) => this.#append("telemetry", items[i] ?? {}, event)));
    return Math.max(...sequences);
  }

  async event({ at, ...data }: EventReport): Promise<number> {
    const metadata = metadataFrom(reportId(this.#device, data), at);
    const event = this.#writer.event({ type: "DeviceEventReported", data }, this.#device, metadata);
    const held = this.#context.reserve.wait(() => Buffer.byteLength(encodeEvent(event)));
    if (held !== undefined) await held;
    this.#mustBeAllowed();
    return this.#append("event", data, event);
  }

  /** Read no more reports before this promise resolves. */
  whenRepeatsDecided(): Promise<void> | undefined {
    return this.#repeats.whenDecided();
  }

  /** Rejects the reports that are being checked for repeats. */
  close(): void {
    this.#repeats.close();
  }

  /** An unchanged profile appends no event. Resolves with the sequence of the earlier event. */
  async profile(profile: Profile): Promise<number> {
    const held = this.#context.reserve.wait(() => Buffer.byteLength(JSON.stringify(profile)));
    if (held !== undefined) await held;
    const before = this.whenRepeatsDecided();
    if (before !== undefined) await before;
    this.#mustBeAllowed();
    const { observe } = this.#context;
    observe.received(1);
    const from = performance.now();
    const { lastSeq, event } = await reportProfile(
      { log: this.#context.backbone.log, writer: this.#writer },
      this.#device,
      profile,
    );
    observe.acknowledged(1, event === undefined ? undefined : performance.now() - from);
    return lastSeq;
  }

  get #writer(): Writer {
    this.#ownWriter ??= this.#accountWriter.from(`/devices/${this.#device}`);
    return this.#ownWriter;
  }

  /**
   * A repeated report appends no event.
   * @param known the newest revision that was delivered, which may be newer than the views
   */
  async configuration(report: ConfigurationReport, known: number): Promise<number> {
    const { reserve, backbone, views, observe } = this.#context;
    const held = reserve.wait(() => Buffer.byteLength(JSON.stringify(report)));
    if (held !== undefined) await held;
    this.#mustBeAllowed();
    observe.received(1);
    const from = performance.now();
    const fleet = { log: backbone.log, views, writer: this.#writer };
    const { lastSeq, event } = await reportConfiguration(fleet, this.#device, report, known);
    observe.acknowledged(1, event === undefined ? undefined : performance.now() - from);
    return lastSeq;
  }

  #mustBeAllowed(): void {
    if (this.#revoked) throw new FleetError("device-retired", "the device's credential was revoked");
  }

  async #append(category: ReportCategory, order: DeviceOrder, event: FleetEvent): Promise<number> {
    const { observe } = this.#context;
    const repeats = this.#repeats;
    observe.received(1);
    const from = performance.now();
    const check = repeats.check(category, order);
    const stored = check === undefined ? undefined : await check;
    if (stored !== undefined) {
      observe.acknowledged(1, undefined);
      return stored;
    }
    if (check !== undefined) this.#mustBeAllowed();
    const { seq } = await this.#writer.append(event);
    repeats.noteStored(category, order, seq);
    observe.acknowledged(1, performance.now() - from);
    return seq;
  }
}

function metadataFrom(id: string | undefined, devicetime: string | undefined): Metadata | undefined {
  if (devicetime === undefined) return id === undefined ? undefined : { id };
  return id === undefined ? { devicetime } : { id, devicetime };
}
