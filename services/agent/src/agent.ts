import { systemClock } from "@fleetlog/runtime";
import type { AgentEvents, AgentStatus } from "./agent-events.ts";
import { newBoot } from "./boot.ts";
import { type Clock, within } from "./clock.ts";
import { handlers } from "./commands/handler.ts";
import { ProgressSource } from "./commands/progress.ts";
import { Results } from "./commands/results.ts";
import { CommandRunner } from "./commands/runner.ts";
import { Configuration } from "./configuration/configuration.ts";
import { Backoff, DEFAULT_BACKOFF } from "./connection/backoff.ts";
import { Connection } from "./connection/connection.ts";
import { Emitter } from "./emitter.ts";
import { Renewal } from "./identity/renewal.ts";
import { DEFAULT_AGENT_LIMITS, type Limits } from "./limits.ts";
import { type Logger, silent } from "./logger.ts";
import type { AgentOptions } from "./options.ts";
import { receiving } from "./receiving.ts";
import { eventReport, forwardedReport, profileReport, type ReportId, telemetryReport } from "./report.ts";
import { LatestProfile } from "./sending/latest-profile.ts";
import { reportSources } from "./sending/report-sources.ts";
import { Sender } from "./sending/sender.ts";
import { memoryStore } from "./store/memory-store.ts";
import type { NewReport, Store } from "./store/store.ts";
import type { Address } from "./transport/options.ts";
import type { Transport } from "./transport/transport.ts";

/** @throws TypeError for a URL that can't be used */
export type ConnectTo = (address: Address, limits: Limits, clock: Clock) => Transport;

export interface ReportOptions {
  /** When the device measured or noticed this, by its own clock. Default: now. */
  readonly at?: Date;
}

export class Agent extends Emitter<AgentEvents> {
  readonly boot: string;
  readonly #limits: Limits;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #profile: LatestProfile;
  readonly #runner: CommandRunner;
  readonly #configuration: Configuration | undefined;
  readonly #renewal: Renewal | undefined;
  readonly #sender: Sender;
  readonly #connection: Connection;
  #status: AgentStatus = "stopped";
  #seq = 0;
  #refused = 0;

  constructor(options: AgentOptions, connectTo: ConnectTo) {
    super();
    const limits = { ...DEFAULT_AGENT_LIMITS, ...options.limits };
    const clock = options.clock ?? systemClock;
    const random = options.random ?? Math.random;
    const logger = options.logger ?? silent;
    const store = options.store ?? memoryStore();
    this.#limits = limits;
    this.#clock = clock;
    this.#logger = logger;
    this.#store = store;
    this.boot = newBoot(store, clock, random);
    this.#profile = new LatestProfile((reason) => logger.error({ reason }, "the gateway refused the profile"));
    if (options.profile !== undefined) this.#profile.set(profileReport(options.profile, limits.reportBytes));
    const results = new Results(store, logger);
    const progress = new ProgressSource((id) => this.#runner.cancel(id));
    const { live, backlog } = reportSources({
      store,
      clock,
      ...limits,
      onRefused: (report, refusal) => {
        this.#refused += 1;
        logger.error({ report: report.body, code: refusal.code, reason: refusal.message }, "a report was refused");
        this.#emit("refused", report, refusal);
      },
      onReady: () => this.#sender.pump(),
    });
    const { configuration } = options;
    this.#configuration =
      configuration &&
      new Configuration({
        apply: configuration,
        logger,
        onApplied: (report) => {
          this.#sender.pump();
          this.#emit("configured", report);
        },
      });
    const configured = this.#configuration === undefined ? [] : [this.#configuration];
    const sources = [results, this.#profile, progress, ...configured, live, backlog];
    this.#sender = new Sender({ ...limits, clock, logger, sources });
    const { identity, device, renewBeforeMs } = options;
    this.#renewal =
      identity &&
      new Renewal({
        identity,
        device,
        renewBeforeMs,
        clock,
        random,
        logger,
        onRenewed: () => {
          this.#emit("renewed");
          this.#connection.renew();
        },
      });
    this.#runner = new CommandRunner({
      store,
      clock,
      logger,
      handlers: handlers(options.commands ?? {}),
      concurrency: limits.commandConcurrency,
      capacity: 1_000,
      onStarted: (message) => this.#emit("commandStarted", message),
      onProgress: (id, report) => {
        if (this.#status !== "connected") return;
        progress.report(id, report);
        this.#sender.pump();
      },
      onCancelled: (id, name) => {
        progress.ended(id);
        logger.info({ command: id, name }, "a command was cancelled");
        this.#emit("commandCancelled", id, name);
      },
      onResult: (result, name, isNew) => {
        progress.ended(result.id);
        results.add(result.id);
        this.#sender.pump();
        if (isNew) this.#emit("commandFinished", result, name);
      },
    });
    this.#connection = new Connection({
      transport: options.transport ?? connectTo(options, limits, clock),
      backoff: new Backoff({ ...DEFAULT_BACKOFF, ...options.backoff }, random),
      clock,
      logger,
      stableMs: limits.stableMs,
      events: {
        onConnecting: () => this.#setStatus("connecting"),
        ...receiving({ signed: options.signed, runner: this.#runner, configuration: this.#configuration, logger }),
        onUp: (link) => {
          this.#setStatus("connected");
          this.#sender.attach(link);
          this.#renewal?.attach(link);
          this.#emit("connected");
        },
        onDown: (end) => {
          this.#sender.detach();
          this.#renewal?.detach();
          this.#emit("disconnected", end);
        },
        onWaiting: (end, delayMs) => {
          this.#setStatus("waiting");
          this.#emit("waiting", end, delayMs);
        },
      },
    });
  }

  get status(): AgentStatus {
    return this.#status;
  }

  get stats(): {
    readonly stored: number;
    readonly bytes: number;
    readonly dropped: Store["dropped"];
    readonly refused: number;
  } {
    const { reports, bytes, dropped } = this.#store;
    return { stored: reports, bytes, dropped, refused: this.#refused };
  }

  /** Connects, and reconnects until `stop`. */
  start(): void {
    if (this.#status !== "stopped") return;
    this.#runner.recover();
    this.#connection.start();
  }

  /**
   * Stores values, and sends them as soon as possible.
   * @throws TypeError if `data` is not a JSON object, RangeError if the report is too large
   */
  report(data: object, options: ReportOptions = {}): ReportId {
    const id = this.#next();
    return this.#append(telemetryReport(data, this.#at(options), id, this.#limits.reportBytes), id);
  }

  /** Like {@link report}, but the log keeps an event for ever, and a full store drops telemetry first. */
  event(name: string, data?: unknown, options: ReportOptions = {}): ReportId {
    const id = this.#next();
    return this.#append(eventReport(name, data, this.#at(options), id, this.#limits.reportBytes), id);
  }

  /**
   * Stores and sends a report that has a boot, seq and time already, such as a recorded report, or a report of another
   * device that uses this connection.
   * @throws as {@link report}
   */
  forward(report: NewReport): void {
    this.#keep(forwardedReport(report, this.#limits.reportBytes));
    this.#sender.pump();
  }

  profile(profile: object): void {
    this.#profile.set(profileReport(profile, this.#limits.reportBytes));
    this.#sender.pump();
  }

  /** Resolves when everything is acknowledged, or when there is no connection. */
  flushed(): Promise<void> {
    return this.#sender.idle();
  }

  /**
   * Waits for running commands, sends stored reports, and disconnects. After `timeoutMs` the rest stays in the store. A
   * stopped agent can't be started again.
   */
  async stop({ timeoutMs = 5_000 }: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.#setStatus("stopping");
    const ended = Promise.all([this.#runner.stop(), this.#configuration?.stop()]).then(() => {});
    await within(this.#clock, timeoutMs / 2, ended);
    this.#runner.abort();
    await within(
      this.#clock,
      timeoutMs / 2,
      ended.then(() => this.flushed()),
    );
    await this.#connection.stop();
    this.#setStatus("stopped");
  }

  #next(): ReportId {
    return { boot: this.boot, seq: this.#seq + 1 };
  }

  #at({ at }: ReportOptions): string {
    return (at ?? new Date(this.#clock.now())).toISOString();
  }

  #append(report: NewReport, id: ReportId): ReportId {
    this.#keep(report);
    // Only a stored report takes a number, so that a gap in the numbers is a lost report.
    this.#seq = id.seq;
    this.#sender.pump();
    return id;
  }

  #keep(report: NewReport): void {
    const before = this.#store.dropped;
    this.#store.append(report);
    const after = this.#store.dropped;
    const telemetry = after.telemetry - before.telemetry;
    const event = after.event - before.event;
    if (telemetry > 0 || event > 0) this.#emit("dropped", { telemetry, event });
  }

  #setStatus(status: AgentStatus): void {
    if (this.#status === status || (this.#status === "stopping" && status !== "stopped")) return;
    this.#status = status;
    this.#emit("status", status);
  }

  /** A listener's error must not end the connection. */
  #emit<K extends keyof AgentEvents>(event: K, ...values: AgentEvents[K]): void {
    try {
      this.emit(event, ...values);
    } catch (error) {
      this.#logger.error({ err: error, event }, "a listener failed");
    }
  }
}
