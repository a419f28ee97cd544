import {
  accountOf,
  type Causation,
  type CloseReason,
  type CommandEvent,
  type CommandIssued,
  type ConfigurationSet,
  FleetError,
  isRevoked,
  type RecordedEvent,
  type SessionReference,
  shortened,
} from "@fleetlog/domain";
import type { Download } from "@fleetlog/fleet";
import type { DeviceProof } from "@fleetlog/identity";
import type { CommandMessage, RenewedCertificate } from "@fleetlog/protocol";
import type { TokenBucket } from "@fleetlog/runtime";
import type { AccountRate } from "./accounts/account-rates.ts";
import type { CommandQueue } from "./commands/command-queue.ts";
import { DesiredConfiguration } from "./configuration/desired-configuration.ts";
import type { DeviceConnection } from "./connection.ts";
import type { ArtifactVersion, SessionContext } from "./context.ts";
import { type DeviceReport, type DeviceReports, isSingle } from "./reports/device-report.ts";
import { reportMessage } from "./reports/messages.ts";
import { isFinal, type Refusal, Refusals, type Where } from "./reports/refusals.ts";
import { answerRenewal, renewFor } from "./reports/renewals.ts";
import { type ReportReceiver, type Reports, settle } from "./reports/reports.ts";

export interface SessionParts {
  readonly context: SessionContext;
  readonly device: string;
  readonly epoch: number;
  readonly sessionId: string;
  readonly incarnation: string;
  readonly proof: DeviceProof;
  readonly connection: DeviceConnection;
  readonly reports: Reports;
  readonly commands: CommandQueue;
  /** Limits events. A device over its rate is read more slowly: TCP's flow control slows it down. */
  readonly rate: TokenBucket;
  /** Limits bytes, because a few large messages can fill the log even at a low rate of events. */
  readonly byteRate: TokenBucket;
  readonly accountRate: AccountRate;
  readonly onEnd: (session: DeviceSession, end: SessionEnd) => void;
}

export interface SessionEnd {
  readonly reason: CloseReason;
  readonly detail: string | undefined;
  /** The event that ended the session, or its SessionOpened. */
  readonly causedBy: Causation;
}

/** The session of a connected device over any protocol. A device can report only for itself. */
export class DeviceSession {
  readonly device: string;
  /** Log sequence of SessionOpened: the fencing token. */
  readonly epoch: number;
  /** Id of SessionOpened. */
  readonly sessionId: string;
  readonly incarnation: string;
  readonly proof: DeviceProof;
  readonly account: string;
  readonly #parts: SessionParts;
  /** Made on first use, because most sessions have no refusals. */
  #refusals: Refusals | undefined;
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

  get reference(): SessionReference & { readonly session: string } {
    return { epoch: this.epoch, session: this.sessionId };
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** @returns milliseconds to wait before reading more */
  throttle(events: number, bytes: number): number {
    const { rate, byteRate, accountRate } = this.#parts;
    return Math.max(rate.take(events), byteRate.take(bytes), accountRate.take(events, bytes));
  }

  /**
   * Starts all appends in order before it returns. Resolves with the newest log sequence when all are stored, 0 without
   * reports.
   * @throws FleetError
   */
  report(reports: DeviceReports): Promise<number> {
    return isSingle(reports) ? this.#append(reports) : this.#appendAll(reports);
  }

  /** As {@link report}, but without a promise for the most frequent reports. */
  reportTo(reports: DeviceReports, receiver: ReportReceiver): void {
    const single = isSingle(reports) ? reports : undefined;
    const [item, other] = single?.kind === "telemetry" ? single.items : [];
    if (item !== undefined && other === undefined) this.#parts.reports.storeTo("telemetry", item, receiver);
    else if (single?.kind === "event") this.#parts.reports.storeTo("event", single.report, receiver);
    else settle(this.report(reports), receiver);
  }

  /** Whether the device answers now. */
  async isAlive(): Promise<boolean> {
    return !this.#ended && ((await this.#parts.connection.isAlive?.()) ?? true);
  }

  /** For the transport: read no more reports until this resolves. Undefined: read on. */
  whenRepeatsDecided(): Promise<void> | undefined {
    return this.#parts.reports.whenRepeatsDecided();
  }

  /** For the transport: counts a refused report, and records it if the refusal is final. */
  refused(refusal: Refusal, where: Where): void {
    const { context } = this.#parts;
    context.observe.refused(refusal.code);
    if (isFinal(refusal)) this.#madeRefusals().add(refusal, where);
  }

  /** For the transport: counts a subscription that the device may not make, and logs it. */
  subscriptionRefused(filter: string): void {
    this.#parts.context.observe.subscriptionRefused();
    this.#madeRefusals().subscription(filter);
  }

  remarked(remark: string): void {
    this.#madeRefusals().remark(remark);
  }

  /** The device can receive commands. @param again selects delivered commands that the device may not have received */
  offerCommands(again?: (command: CommandMessage) => boolean): void {
    this.#parts.commands.offer(again);
    this.#configuration?.offer();
  }

  /** For the transport: the device has subscribed to its desired configuration, or reconnected with a subscription. */
  configurationSubscribed(): void {
    if (this.#ended) return;
    const { device, epoch } = this;
    const { context, connection } = this.#parts;
    const { views, backbone } = context;
    const logger = context.logger.child({ device, epoch });
    this.#configuration ??= new DesiredConfiguration({ device, log: backbone.log, views, connection, logger });
    this.#configuration.subscribed();
  }

  /** Issues a successor of the certificate that the device logged in with. @throws FleetError */
  renewCertificate(csr: string): Promise<RenewedCertificate> {
    return renewFor(this.#parts.context, this, csr);
  }

  /** A link by which the device downloads an artifact of its account. @throws FleetError */
  downloadOf(artifact: ArtifactVersion): Promise<Download> {
    return this.#parts.context.downloadOf(this.device, artifact);
  }

  applyConfiguration(event: RecordedEvent<ConfigurationSet>): void {
    this.#configuration?.apply(event);
  }

  addCommand(event: RecordedEvent<CommandIssued>): void {
    this.#parts.commands.addCommand(event);
  }

  applyCommandEvent(event: RecordedEvent<CommandEvent>): void {
    this.#parts.commands.applyEvent(event);
  }

  /** For the transport: ends the session of a connection that has closed. */
  connectionEnded(reason: CloseReason, detail?: string): void {
    this.#finish(reason, detail);
  }

  /** Ends the session and its connection. @param causedBy the event that ends it */
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
        return answerRenewal(this.#parts.context, this, this.#parts.connection, report.csr);
      case "message":
        return reportMessage(this.#parts.context, this, commands, report.message);
      default:
        throw new FleetError("forbidden", "a registered device can't be provisioned");
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
    // The peer may have chosen this text, so it is shortened.
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

/** The session of a device or of a provisioning device, as its connection sees it. */
export type AnySession = Pick<
  DeviceSession,
  | "device"
  | "ended"
  | "throttle"
  | "report"
  | "reportTo"
  | "whenRepeatsDecided"
  | "refused"
  | "subscriptionRefused"
  | "remarked"
  | "offerCommands"
  | "configurationSubscribed"
  | "renewCertificate"
  | "downloadOf"
  | "connectionEnded"
  | "end"
>;
