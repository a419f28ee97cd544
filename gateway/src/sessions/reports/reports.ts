import { type DeviceOrder, FleetError, reportId } from "@fleetlog/domain";
import { type EventTexts, reportConfiguration, reportProfile, type Writer } from "@fleetlog/fleet";
import type { Appended, AppendReceiver, SerializedEvent } from "@fleetlog/log";
import type { ConfigurationReport, EventReport, Profile, Telemetry } from "@fleetlog/protocol";
import type { SessionContext } from "../context.ts";
import type { ReportCategory } from "../repeats/boots.ts";
import type { Repeats } from "../repeats/repeats.ts";

/** Gets the outcome of a report: one call, never during the call that reports. */
export interface ReportReceiver {
  /** @param seq the report's sequence in the log */
  stored(seq: number): void;
  refused(error: unknown): void;
}

export function settle(report: Promise<number>, receiver: ReportReceiver): void {
  report.then(
    (seq) => receiver.stored(seq),
    (error: unknown) => receiver.refused(error),
  );
}

/** Stores a session's reports. The methods' promises resolve with the log sequence when the report is stored. */
export class Reports {
  readonly #context: SessionContext;
  readonly #accountWriter: Writer;
  readonly #device: string;
  readonly #repeats: Repeats;
  #ownWriter: Writer | undefined;
  readonly #texts: { [C in ReportCategory]?: EventTexts } = {};
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
  telemetry(items: readonly Telemetry[]): Promise<number> {
    try {
      return Promise.all(this.#storeEach(items)).then(newestOf);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  event(report: EventReport): Promise<number> {
    return new Promise((stored, refused) => this.storeTo("event", report, { stored, refused }));
  }

  /** Stores one report as {@link telemetry} and {@link event} do, but without a promise: nearly all reports come this way. */
  storeTo(category: "telemetry", item: Telemetry, receiver: ReportReceiver): void;
  storeTo(category: "event", report: EventReport, receiver: ReportReceiver): void;
  storeTo(category: ReportCategory, report: Telemetry | EventReport, receiver: ReportReceiver): void {
    try {
      this.#mustBeAllowed();
      const event = this.#serialize(category, report);
      const order = orderOf(report);
      const held = category === "event" ? this.#context.reserve.wait(() => Buffer.byteLength(event.json)) : undefined;
      if (held === undefined) this.#append(category, order, event, receiver);
      else void held.then(() => this.#appendIfAllowed(category, order, event, receiver));
    } catch (error) {
      queueMicrotask(() => receiver.refused(error));
    }
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

  #storeEach(items: readonly Telemetry[]): Promise<number>[] {
    this.#mustBeAllowed();
    // All items are validated before the first append, so that a report is stored as a whole.
    const events = items.map((item) => [orderOf(item), this.#serialize("telemetry", item)] as const);
    return events.map(([order, event]) => this.#stored(order, event));
  }

  #stored(order: DeviceOrder, event: SerializedEvent): Promise<number> {
    return new Promise((stored, refused) => this.#append("telemetry", order, event, { stored, refused }));
  }

  #appendIfAllowed(
    category: ReportCategory,
    order: DeviceOrder,
    event: SerializedEvent,
    receiver: ReportReceiver,
  ): void {
    try {
      this.#mustBeAllowed();
      this.#append(category, order, event, receiver);
    } catch (error) {
      receiver.refused(error);
    }
  }

  /** @throws FleetError as the log's `appendText` */
  #append(category: ReportCategory, order: DeviceOrder, event: SerializedEvent, receiver: ReportReceiver): void {
    const { observe } = this.#context;
    const repeats = this.#repeats;
    observe.received(1);
    const pending = new PendingReport(this.#context, repeats, category, order, receiver);
    const check = repeats.check(category, order);
    if (check === undefined) {
      this.#writer.appendText(event, pending);
      return;
    }
    check.then(
      (seq) => {
        if (seq === undefined) this.#appendChecked(event, pending);
        else {
          observe.acknowledged(1, undefined);
          receiver.stored(seq);
        }
      },
      (error: unknown) => receiver.refused(error),
    );
  }

  #appendChecked(event: SerializedEvent, pending: PendingReport): void {
    try {
      this.#mustBeAllowed();
      this.#writer.appendText(event, pending);
    } catch (error) {
      pending.refused(error);
    }
  }

  /** Serializes a report as an event, whose data is the report without `at`. @throws FleetError `invalid-request` */
  #serialize(category: ReportCategory, report: Telemetry | EventReport): SerializedEvent {
    const id = reportId(this.#device, report);
    const { at } = report;
    let data: Omit<Telemetry | EventReport, "at"> = report;
    if (at !== undefined) {
      const { at: _, ...others } = report;
      data = others;
    }
    const type = category === "telemetry" ? "TelemetryReported" : "DeviceEventReported";
    this.#texts[category] ??= this.#writer.texts(type, this.#device);
    return this.#writer.serialize(this.#texts[category], id, data as Telemetry, at);
  }
}

const UNORDERED: DeviceOrder = {};

/** While a report waits, only its text and its order stay in memory: small values take many times the bytes of their text. */
function orderOf({ boot, seq }: DeviceOrder): DeviceOrder {
  return boot === undefined || seq === undefined ? UNORDERED : { boot, seq };
}

function newestOf(seqs: readonly number[]): number {
  return Math.max(...seqs);
}

/** A report that the log is storing. The log calls `stored` when the server has acknowledged the append, or `refused`. */
class PendingReport implements AppendReceiver {
  readonly #context: SessionContext;
  readonly #repeats: Repeats;
  readonly #category: ReportCategory;
  readonly #order: DeviceOrder;
  readonly #receiver: ReportReceiver;
  readonly #from = performance.now();

  constructor(
    context: SessionContext,
    repeats: Repeats,
    category: ReportCategory,
    order: DeviceOrder,
    receiver: ReportReceiver,
  ) {
    this.#context = context;
    this.#repeats = repeats;
    this.#category = category;
    this.#order = order;
    this.#receiver = receiver;
  }

  stored({ seq }: Appended): void {
    this.#repeats.noteStored(this.#category, this.#order, seq);
    this.#context.observe.acknowledged(1, performance.now() - this.#from);
    this.#receiver.stored(seq);
  }

  refused(error: unknown): void {
    this.#receiver.refused(error);
  }
}
