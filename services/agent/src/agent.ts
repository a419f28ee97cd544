import { EventEmitter } from "node:events";
import type { AgentEvents, AgentStatus } from "./agent-events.ts";
import { type Clock, systemClock } from "./clock.ts";
import { handlers } from "./commands/handler.ts";
import { Results } from "./commands/results.ts";
import { CommandRunner } from "./commands/runner.ts";
import { Backoff, DEFAULT_BACKOFF } from "./connection/backoff.ts";
import { Connection } from "./connection/connection.ts";
import { type Logger, silent } from "./logger.ts";
import { type AgentOptions, DEFAULT_AGENT_LIMITS, type Limits } from "./options.ts";
import { eventReport, type Order, profileReport, telemetryReport } from "./report.ts";
import { LatestProfile } from "./sending/latest-profile.ts";
import { reportSources } from "./sending/report-sources.ts";
import { Sender } from "./sending/sender.ts";
import { memoryStore } from "./store/memory-store.ts";
import type { NewReport, Store } from "./store/store.ts";
import { transportTo } from "./transport/select.ts";
import type { Transport } from "./transport/transport.ts";

export interface ReportOptions {
  /** When it happened, by the device's clock; now unless given. */
  readonly at?: Date;
}

/** A device's side of Fleetlog. Reports are kept until the gateway has them; commands are done once. */
export class Agent extends EventEmitter<AgentEvents> {
  /** This start of the device; in every report. */
  readonly boot: string;
  readonly #limits: Limits;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #profile: LatestProfile;
  readonly #runner: CommandRunner;
  readonly #sender: Sender;
  readonly #connection: Connection;
  #status: AgentStatus = "stopped";
  #seq = 0;
  #refused = 0;

  constructor(options: AgentOptions) {
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
    const { live, backlog } = reportSources({
      store,
      clock,
      ...limits,
      onRefused: (report, refusal) => {
        this.#refused += 1;
        logger.error({ report: report.body, code: refusal.code, reason: refusal.message }, "a report was refused");
        this.#tell("refused", report, refusal);
      },
      onReady: () => this.#sender.pump(),
    });
    this.#sender = new Sender({ ...limits, clock, logger, sources: [results, this.#profile, live, backlog] });
    this.#runner = new CommandRunner({
      store,
      clock,
      logger,
      handlers: handlers(options.commands ?? {}),
      concurrency: limits.commandConcurrency,
      capacity: 1_000,
      onStarted: (message) => this.#tell("commandStarted", message),
      onResult: (result, name, isNew) => {
        results.add(result.id);
        this.#sender.pump();
        if (isNew) this.#tell("commandFinished", result, name);
      },
    });
    this.#connection = new Connection({
      transport: transportOf(options, limits, clock),
      backoff: new Backoff({ ...DEFAULT_BACKOFF, ...options.backoff }, random),
      clock,
      logger,
      stableMs: limits.stableMs,
      events: {
        onConnecting: () => this.#become("connecting"),
        onCommand: (message, remainingMs) => this.#runner.deliver(message, remainingMs),
        onUp: (link) => {
          this.#become("connected");
          this.#sender.attach(link);
          this.#tell("connected");
        },
        onDown: (end) => {
          this.#sender.detach();
          this.#tell("disconnected", end);
        },
        onWaiting: (end, delayMs) => {
          this.#become("waiting");
          this.#tell("waiting", end, delayMs);
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

  /** Connects, and stays connected until stopped. Once. */
  start(): void {
    if (this.#status !== "stopped") return;
    this.#runner.recover();
    this.#connection.start();
  }

  /**
   * Measured values. Stored when the call returns; sent as soon as it can be.
   * @throws TypeError for what is no JSON object, RangeError for one that is too large
   */
  report(data: object, options: ReportOptions = {}): Order {
    return this.#keep(telemetryReport(data, this.#at(options), this.#next(), this.#limits.reportBytes));
  }

  /** Something that happened. As {@link report}, but kept for ever by the gateway and longest by the device. */
  event(name: string, data?: unknown, options: ReportOptions = {}): Order {
    return this.#keep(eventReport(name, data, this.#at(options), this.#next(), this.#limits.reportBytes));
  }

  /** What the device is. Only the newest is sent. */
  profile(profile: object): void {
    this.#profile.set(profileReport(profile, this.#limits.reportBytes));
    this.#sender.pump();
  }

  /** Resolves when everything is acknowledged, or there is no connection. */
  flushed(): Promise<void> {
    return this.#sender.idle();
  }

  /**
   * Begins no further command, waits for those that run, sends what there is, and disconnects; all within
   * `timeoutMs`, after which the rest stays in the store. For good: a new start is a new agent.
   */
  async stop({ timeoutMs = 5_000 }: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.#become("stopping");
    const ended = this.#runner.stop();
    await this.#atMost(timeoutMs / 2, ended);
    this.#runner.abort();
    await this.#atMost(
      timeoutMs / 2,
      ended.then(() => this.flushed()),
    );
    await this.#connection.stop();
    this.#become("stopped");
  }

  #next(): Order {
    return { boot: this.boot, seq: this.#seq + 1 };
  }

  #at({ at }: ReportOptions): string {
    return (at ?? new Date(this.#clock.now())).toISOString();
  }

  #keep(report: NewReport): Order {
    const before = this.#store.dropped;
    this.#store.append(report);
    // Only what is stored takes a number: a gap in them is a loss that can be seen.
    this.#seq = report.body.seq;
    const after = this.#store.dropped;
    const telemetry = after.telemetry - before.telemetry;
    const event = after.event - before.event;
    if (telemetry > 0 || event > 0) this.#tell("dropped", { telemetry, event });
    this.#sender.pump();
    return { boot: report.body.boot, seq: report.body.seq };
  }

  async #atMost(milliseconds: number, work: Promise<void>): Promise<void> {
    if (milliseconds <= 0) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after(milliseconds, resolve);
      void work.then(() => {
        cancel();
        resolve();
      });
    });
  }

  #become(status: AgentStatus): void {
    if (this.#status === status || (this.#status === "stopping" && status !== "stopped")) return;
    this.#status = status;
    this.#tell("status", status);
  }

  /** A listener that throws must not bring the connection down. */
  #tell<K extends keyof AgentEvents>(event: K, ...values: AgentEvents[K]): void {
    try {
      (this as EventEmitter).emit(event, ...values);
    } catch (error) {
      this.#logger.error({ err: error, event }, "a listener failed");
    }
  }
}

/** @throws TypeError for a URL that can't be used */
export function createAgent(options: AgentOptions): Agent {
  return new Agent(options);
}

function transportOf(options: AgentOptions, limits: Limits, clock: Clock): Transport {
  return options.transport ?? transportTo(options, limits, clock);
}

/** Grows from start to start by the store's count, or by the clock where the store was lost; the rest is chance. */
function newBoot(store: Store, clock: Clock, random: () => number): string {
  const count = store.nextBoot(Math.floor(clock.now() / 1_000));
  return `${count}-${Math.floor(random() * 0x1000000)
    .toString(16)
    .padStart(6, "0")}`;
}
