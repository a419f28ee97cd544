import {
  accountOf,
  type Causation,
  type CloseReason,
  type CommandEvent,
  type ConfigurationSet,
  FleetError,
  isRevoked,
  type RecordedEvent,
  type SessionReference,
  shortened,
} from "@fleetlog/domain";
import { renewCertificate } from "@fleetlog/fleet";
import type { DeviceProof } from "@fleetlog/identity";
import type { CommandMessage, RenewedCertificate } from "@fleetlog/protocol";
import type { TokenBucket } from "@fleetlog/runtime";
import type { AccountRate } from "./account-rates.ts";
import type { CommandQueue } from "./command-queue.ts";
import type { DeviceConnection } from "./connection.ts";
import type { SessionContext } from "./context.ts";
import { DesiredConfiguration } from "./desired-configuration.ts";
import { type DeviceReport, type DeviceReports, isSingle } from "./device-report.ts";
import { isFinal, type Refusal, Refusals, type Where } from "./refusals.ts";
import type { Reports } from "./reports.ts";

export interface SessionParts {
  readonly context: SessionContext;
  readonly device: string;
  readonly epoch: number;
  /** Id of its SessionOpened. */
  readonly sessionId: string;
  /** Of the node, as its SessionOpened has it. */
  readonly incarnation: string;
  readonly proof: DeviceProof;
  readonly connection: DeviceConnection;
  readonly reports: Reports;
  readonly commands: CommandQueue;
  /** Delays and never drops: a device over its rate is read more slowly, which TCP back-pressure shows to the device. */
  readonly rate: TokenBucket;
  /** The same for bytes: a few large messages fill the log as many small ones do. */
  readonly byteRate: TokenBucket;
  /** The rate limits of the account, which its devices on this node share. */
  readonly accountRate: AccountRate;
  /** Called once, when the session is over. */
  readonly onEnd: (session: DeviceSession, end: SessionEnd) => void;
}

/** Why a session is over. */
export interface SessionEnd {
  readonly reason: CloseReason;
  readonly detail: string | undefined;
  /** Metadata that names the cause: the event that ended the session, or else its SessionOpened. */
  readonly causedBy: Causation;
}

/** The session of a connected device, whatever its protocol. A device can report only for itself. */
export class DeviceSession {
  readonly device: string;
  /** Log sequence of its SessionOpened: the fencing token. */
  readonly epoch: number;
  /** Id of its SessionOpened. */
  readonly sessionId: string;
  readonly incarnation: string;
  readonly proof: DeviceProof;
  /** Of the device, as its events have it. */
  readonly account: string;
  readonly #parts: SessionParts;
  /** Made with the first refusal, because most sessions have none. */
  #refusals: Refusals | undefined;
  /** Made when the device subscribes to its desired configuration. */
  #configuration: DesiredConfiguration | undefined;
  #ended = false;

  constructor(parts: SessionParts) {
    this.device = parts.device;
    this.epoch = parts.epoch;
    this.sessionId = parts.sessionId;
    this.incarnation = parts.incarnation;
    this.proof = parts.proof;
    this.account = accountOf(parts.proof);
    this.#parts = parts;
  }

  /** How events and records name this session. */
  get reference(): SessionReference & { readonly session: string } {
    return { epoch: this.epoch, session: this.sessionId };
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Counts what was read from the device. @returns milliseconds to wait before reading more */
  throttle(events: number, bytes: number): number {
    const { rate, byteRate, accountRate } = this.#parts;
    return Math.max(rate.take(events), byteRate.take(bytes), accountRate.take(events, bytes));
  }

  /**
   * Starts all appends in order before it returns. Resolves with the newest log sequence once the log has stored all: then
   * the transport acknowledges. Without reports the sequence is 0.
   * @throws FleetError
   */
  report(reports: DeviceReports): Promise<number> {
    return isSingle(reports) ? this.#append(reports) : this.#appendAll(reports);
  }

  /**
   * For the transport: read no more reports until this resolves, since those that wait here count nowhere else. Undefined:
   * read on.
   */
  checked(): Promise<void> | undefined {
    return this.#parts.reports.checked();
  }

  /**
   * For the transport: counts a refused report, and records one that will never be stored, so that operators can see it.
   */
  refused(refusal: Refusal, where: Where): void {
    const { context } = this.#parts;
    context.observe.refused(refusal.code);
    if (isFinal(refusal)) this.#madeRefusals().add(refusal, where);
  }

  /** For the transport: a report was accepted, but something in it is not understood. */
  remarked(remark: string): void {
    this.#madeRefusals().remark(remark);
  }

  /** Called when the device can receive commands; with `again`, delivers those again that it may not have received. */
  offerCommands(again?: (command: CommandMessage) => boolean): void {
    this.#parts.commands.offer(again);
    this.#configuration?.offer();
  }

  /** For the transport: the device has subscribed to its desired configuration, or has come back with a subscription. */
  configurationSubscribed(): void {
    if (this.#ended) return;
    const { device, epoch } = this;
    const { context, connection } = this.#parts;
    const { views, backbone } = context;
    const logger = context.logger.child({ device, epoch });
    this.#configuration ??= new DesiredConfiguration({ device, log: backbone.log, views, connection, logger });
    this.#configuration.subscribed();
  }

  /** Issues the successor of the certificate that the device has logged in with. @throws FleetError */
  async renewCertificate(csr: string): Promise<RenewedCertificate> {
    const { context } = this.#parts;
    const writer = context.writer.of(this.account).from(`/devices/${this.device}`);
    const fleet = { log: context.backbone.log, writer, credentials: context.credentials, authority: context.authority };
    const { certificate, ca } = await renewCertificate(fleet, this, csr);
    return { certificate, ca };
  }

  /** A desired configuration of the device, read from the log. */
  applyConfiguration(event: RecordedEvent<ConfigurationSet>): void {
    this.#configuration?.apply(event);
  }

  /** An event of one of the device's commands, read from the log. */
  applyCommandEvent(event: RecordedEvent<CommandEvent>): void {
    this.#parts.commands.applyEvent(event);
  }

  /** For the transport: ends the session of a connection that closed, without calling `connection.end`. */
  connectionEnded(reason: CloseReason, detail?: string): void {
    this.#finish(reason, detail);
  }

  /** For other callers: ends the session and its connection. `causedBy` names the event that made it end. */
  end(reason: CloseReason, detail?: string, causedBy?: Causation): void {
    if (this.#finish(reason, detail, causedBy)) this.#parts.connection.end(reason, detail);
  }

  #append(report: DeviceReport): Promise<number> {
    const { reports, commands } = this.#parts;
    switch (report.kind) {
      case "telemetry":
        return reports.telemetry(report.items);
      case "profile":
        return reports.profile(report.profile);
      case "event":
        return reports.event(report.report);
      case "command-progress":
        return commands.progress(report.progress);
      case "command-result":
        return commands.result(report.result);
      case "configuration":
        return reports.configuration(report.report, this.#configuration?.revision ?? 0);
      case "renewal":
        return this.#answerRenewal(report.csr);
      default:
        throw new FleetError("forbidden", "a device that is registered is not provisioned");
    }
  }

  /** The answer goes out once the certificate is valid. A failure that may pass is not answered: the device asks again. */
  async #answerRenewal(csr: string | FleetError): Promise<number> {
    const { connection } = this.#parts;
    try {
      if (typeof csr !== "string") throw csr;
      void connection.certificate?.(await this.renewCertificate(csr));
      return 0;
    } catch (error) {
      if (error instanceof FleetError && isFinal(error)) {
        const { code, message } = error;
        void connection.certificate?.({ error: { code, message } });
      }
      throw error;
    }
  }

  async #appendAll(reports: readonly DeviceReport[]): Promise<number> {
    const sequences = await Promise.all(reports.map((report) => this.#append(report)));
    return Math.max(0, ...sequences);
  }

  #finish(reason: CloseReason, detail: string | undefined, causedBy?: Causation): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    this.#parts.commands.close();
    this.#configuration?.close();
    this.#parts.reports.close();
    this.#refusals?.close();
    if (isRevoked(reason)) this.#parts.reports.revoke();
    const opened = { causationid: this.sessionId };
    // The peer may have chosen the text.
    const short = detail === undefined ? undefined : shortened(detail);
    this.#parts.onEnd(this, { reason, detail: short, causedBy: causedBy ?? opened });
    return true;
  }

  #madeRefusals(): Refusals {
    if (this.#refusals !== undefined) return this.#refusals;
    const { context } = this.#parts;
    const { device, sessionId, epoch } = this;
    const logger = context.logger.child({ device, epoch });
    this.#refusals = new Refusals({
      ...context,
      writer: context.writer.of(this.account),
      device,
      sessionId,
      logger,
    });
    return this.#refusals;
  }
}

/** What a connection needs of its session: a device's, or that of a device that is being provisioned. */
export type AnySession = Pick<
  DeviceSession,
  | "device"
  | "ended"
  | "throttle"
  | "report"
  | "checked"
  | "refused"
  | "remarked"
  | "offerCommands"
  | "configurationSubscribed"
  | "renewCertificate"
  | "connectionEnded"
  | "end"
>;
