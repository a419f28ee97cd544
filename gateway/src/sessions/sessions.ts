import {
  accountOf,
  type CloseReason,
  type CommandEvent,
  type CommandIssued,
  type ConfigurationSet,
  encodeToken,
  FleetError,
  type RecordedEvent,
  statusAfter,
} from "@fleetlog/domain";
import { sendLiveMessage, type Writer } from "@fleetlog/fleet";
import type { DeviceProof, DirectoryEntry } from "@fleetlog/identity";
import type { BusSubscription } from "@fleetlog/log";
import { type LiveKind, liveSubject } from "@fleetlog/protocol";
import { TokenBucket } from "@fleetlog/runtime";
import { CommandQueue } from "./commands/command-queue.ts";
import type { SessionContext } from "./context.ts";
import { DeviceSession, type SessionEnd } from "./device-session.ts";
import { CertifiedSessions, type IssuedBy } from "./ends/certified-sessions.ts";
import { Closings } from "./ends/closings.ts";
import { SUPERSEDED } from "./ends/end-details.ts";
import { type Held, Revalidation, revalidateEach } from "./ends/revalidation.ts";
import { applyLiveMessage } from "./live-messages.ts";
import { Admission } from "./login/admission.ts";
import { authenticateDevice } from "./login/authenticate.ts";
import { Openings } from "./login/openings.ts";
import { type OpenRequest, recordOpening } from "./login/record-opening.ts";
import { SignedConnection } from "./login/signed-connection.ts";
import type { BootStore } from "./repeats/boots.ts";
import { bootStore, Repeats } from "./repeats/repeats.ts";
import { Reports } from "./reports/reports.ts";

/** The sessions of this node: for each device only the newest. */
export class Sessions {
  readonly #context: SessionContext;
  readonly #held = new Map<string, Held>();
  readonly #writers = new Map<string, Writer>();
  readonly #closings: Closings;
  readonly #admission = new Admission();
  readonly #openings: Openings;
  readonly #boots: BootStore;
  readonly #revalidation: Revalidation;
  readonly #certified: CertifiedSessions;
  readonly #unsubscribeStatus: () => void;
  #stopping = false;
  #outages = 0;

  constructor(context: SessionContext) {
    this.#context = context;
    this.#closings = new Closings(context.writer, context.logger);
    this.#boots = bootStore(context.backbone);
    this.#revalidation = new Revalidation(context, this.#held);
    this.#certified = new CertifiedSessions(this.#held, this.#revalidation);
    this.#openings = new Openings(context.limits.loginsPerMinute, context.reserve, context.clock);
    let wasAway = false;
    this.#unsubscribeStatus = context.backbone.log.onStatus((status) => {
      // Live messages still arrive while the log is full, so `full` is no outage.
      if (status !== "away" && wasAway) void this.#revalidateAll();
      wasAway = status === "away";
    });
  }

  get size(): number {
    return this.#held.size;
  }

  get(device: string): DeviceSession | undefined {
    return this.#held.get(device)?.session;
  }

  authenticate(entry: Omit<DirectoryEntry, "dialect">): Promise<DeviceProof> {
    const { credentials, backbone } = this.#context;
    return authenticateDevice({ credentials, log: backbone.log, admission: this.#admission }, entry);
  }

  /** Whether the device is registered with the credential of its session. The session may have ended. */
  async mayReport({ device, proof }: Pick<DeviceSession, "device" | "proof">): Promise<boolean> {
    const { credentials, backbone } = this.#context;
    if (!(await credentials.check(device, proof))) return false;
    return statusAfter(await backbone.log.last("device", device)) === "registered";
  }

  /**
   * Resolves when SessionOpened is in the log. An older session of the device ends, on any node.
   * @throws FleetError `unavailable`, `rate-limited`, `log-full` or `log-unavailable`
   */
  open(request: OpenRequest): Promise<DeviceSession> {
    return this.#admission.run(() => this.#open(request));
  }

  async #open({ device, proof, connection: peer }: OpenRequest): Promise<DeviceSession> {
    const { backbone, views, limits, logger, clock, node, signer } = this.#context;
    const connection =
      proof.signed === true ? new SignedConnection({ device, connection: peer, signer, logger, clock }) : peer;
    const account = accountOf(proof);
    const writer = this.#writerOf(account);
    if (this.#stopping) throw new FleetError("unavailable", "this node is stopping", { retryAfterMs: 1_000 });
    // The peer may be connected to another node, whose newer session must not be taken over.
    if (connection.closed) throw new FleetError("unavailable", "the connection has ended");
    this.#openings.admit(device);
    const token = encodeToken(device);
    const outages = this.#outages;
    // The subscription begins before SessionOpened is appended, so that no later live message is missed.
    const early: { kind: LiveKind; data: unknown }[] = [];
    let receive = (kind: LiveKind, data: unknown): void => void early.push({ kind, data });
    const live = backbone.bus.subscribe(liveSubject(token, "*"), ({ subject, data }) =>
      receive(subject.slice(subject.lastIndexOf(".") + 1) as LiveKind, data),
    );
    try {
      const { incarnation } = node;
      const before = this.get(device);
      const { epoch, sessionId } = await recordOpening(writer, { device, proof, connection }, node);
      const commands = new CommandQueue({
        device,
        epoch,
        sessionId,
        log: backbone.log,
        writer,
        views,
        connection,
        clock,
        logger,
        observe: this.#context.observe,
        reserve: this.#context.reserve,
        capacity: limits.openCommands,
      });
      const session = new DeviceSession({
        context: this.#context,
        device,
        epoch,
        sessionId,
        incarnation,
        proof,
        connection,
        commands,
        reports: new Reports(this.#context, writer, device, new Repeats(this.#boots, device, logger)),
        rate: new TokenBucket({ burst: limits.burst, refillMs: 1_000 / limits.eventsPerSecond }, clock),
        byteRate: new TokenBucket({ burst: limits.burstBytes, refillMs: 1_000 / limits.bytesPerSecond }, clock),
        accountRate: this.#context.accountRates.of(account),
        onEnd: this.#onEnd,
      });
      const revalidation = this.#revalidation;
      receive = (kind, data) => applyLiveMessage({ session, commands, revalidation }, kind, data);
      this.#hold(session, before, live);
      for (const { kind, data } of early.splice(0)) receive(kind, data);
      sendLiveMessage(backbone.bus, device, "session", session.reference);
      void commands.refill();
      void this.#revalidation.revalidate(session, outages !== this.#outages);
      return session;
    } catch (error) {
      live.stop();
      throw error;
    }
  }

  #writerOf(account: string): Writer {
    let writer = this.#writers.get(account);
    if (writer === undefined) {
      writer = this.#context.writer.of(account);
      this.#writers.set(account, writer);
    }
    return writer;
  }

  /** @param event that this node has appended. The live message with the same event comes later. */
  addCommand(event: RecordedEvent<CommandIssued>): void {
    this.get(event.data.device)?.addCommand(event);
  }

  /** @param event from the log. It comes after the live message, which may be lost. */
  applyCommandEvent(event: RecordedEvent<CommandEvent>): void {
    this.get(event.data.device)?.applyCommandEvent(event);
  }

  /** @param event from the log */
  applyConfiguration(event: RecordedEvent<ConfigurationSet>): void {
    this.get(event.data.device)?.applyConfiguration(event);
  }

  supersede(device: string, epoch: number): void {
    const session = this.get(device);
    if (session !== undefined && session.epoch < epoch) session.end("superseded", SUPERSEDED);
  }

  /** Checks again all sessions that were opened by certificates of these authorities. */
  revalidateCertified(by: IssuedBy): void {
    this.#certified.revalidate(by);
  }

  endAll(reason: CloseReason, detail: string): void {
    for (const { session } of [...this.#held.values()]) session.end(reason, detail);
  }

  /** Appends no ends of sessions before `finish`. */
  stop(): void {
    this.#stopping = true;
    this.#revalidation.stop();
    this.#unsubscribeStatus();
    this.#closings.hold();
  }

  /**
   * Call after `stop`. Resolves when the ends of all sessions after `endedThrough` are in the log.
   * @param endedThrough last epoch that the gateway's own last event ends
   */
  finish(endedThrough: number): Promise<void> {
    return this.#closings.finish(endedThrough);
  }

  get closing(): number {
    return this.#closings.size;
  }

  /** @param before the device's session on this node before the opening of `session` */
  #hold(session: DeviceSession, before: DeviceSession | undefined, live: BusSubscription): void {
    const older = this.#held.get(session.device);
    if (older !== undefined && older.session.epoch > session.epoch) {
      if (older.session !== before) {
        live.stop();
        session.end("superseded", SUPERSEDED);
        return;
      }
      // The older session has a higher sequence, so the log has lost its newest events.
      this.#context.node.sessionsMissing();
    }
    this.#held.set(session.device, { session, live, expiry: undefined });
    if (older === undefined) return;
    older.live.stop();
    clearTimeout(older.expiry);
    older.session.end("superseded", SUPERSEDED);
  }

  /** Checks all sessions after an outage of the log, in which live messages may have been lost. */
  async #revalidateAll(): Promise<void> {
    const mine = ++this.#outages;
    const held = [...this.#held.values()].values();
    await revalidateEach(held, async ({ session }) => {
      if (mine === this.#outages) await this.#revalidation.revalidate(session, true);
    });
  }

  readonly #onEnd = (session: DeviceSession, end: SessionEnd): void => {
    const held = this.#held.get(session.device);
    if (held?.session === session) {
      held.live.stop();
      clearTimeout(held.expiry);
      this.#held.delete(session.device);
    }
    const { device, epoch, sessionId, account, incarnation } = session;
    // Appends nothing: the newer SessionOpened, or the end of the earlier incarnation, already ends this session.
    if (end.reason === "superseded" || incarnation !== this.#context.node.incarnation) return;
    this.#closings.add({ device, epoch, sessionId, account, ...end, at: this.#context.clock() });
  };
}
