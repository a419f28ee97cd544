import { type DeviceOrder, FleetError, type FleetEvent, reportId } from "@fleetlog/domain";
import { type Metadata, reportConfiguration, reportProfile, type Writer } from "@fleetlog/fleet";
import { encodeEvent } from "@fleetlog/log";
import type { ConfigurationReport, EventReport, Profile, Telemetry } from "@fleetlog/protocol";
import type { SessionContext } from "./context.ts";
import type { ReportCategory } from "./repeats/boots.ts";
import type { Repeats } from "./repeats/repeats.ts";

/** Appends a device's reports to the log. Every promise resolves with the log sequence once the report is stored. */
export class Reports {
  readonly #context: SessionContext;
  /** Of the device's account. */
  readonly #accountWriter: Writer;
  readonly #device: string;
  readonly #repeats: Repeats;
  /** Made with the first report. */
  #ownWriter: Writer | undefined;
  #revoked = false;

  /** @param accountWriter marks events with the device's account; shared by all sessions of the account */
  constructor(context: SessionContext, accountWriter: Writer, device: string, repeats: Repeats) {
    this.#context = context;
    this.#accountWriter = accountWriter;
    this.#device = device;
    this.#repeats = repeats;
  }

  /** The device has lost its credential: no further report of it is stored, not even one that waits already. */
  revoke(): void {
    this.#revoked = true;
  }

  /**
   * Stores all items or rejects. Items stored before a failure are recognised by boot and seq when they are sent again.
   * Telemetry never waits for FLEET's reserve: it has its own stream, which drops its oldest entries.
   */
  async telemetry(items: readonly Telemetry[]): Promise<number> {
    this.#mustBeAllowed();
    // Every item is validated before the first is appended, so that an invalid item does not leave half a report stored.
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

  /** Resolves when no report is being checked for repeats; undefined if none is. Read no more from the device until then. */
  checked(): Promise<void> | undefined {
    return this.#repeats.decided();
  }

  /** The session has ended: reports that are being checked for repeats are rejected. */
  close(): void {
    this.#repeats.close();
  }

  /** An unchanged profile appends no event; the sequence is then that of the event that recorded it. */
  async profile(profile: Profile): Promise<number> {
    const held = this.#context.reserve.wait(() => Buffer.byteLength(JSON.stringify(profile)));
    if (held !== undefined) await held;
    const before = this.checked();
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

  /** Writes events with the device as their source. */
  get #writer(): Writer {
    this.#ownWriter ??= this.#accountWriter.from(`/devices/${this.#device}`);
    return this.#ownWriter;
  }

  /**
   * The same report again appends no event.
   * @param known the newest revision that was delivered, which the log's copy here may not have yet
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
