import {
  type CloseReason,
  type CommandEvent,
  type Consequence,
  consequenceOf,
  encodeToken,
  FleetError,
  isOlderSession,
  type RecordedEvent,
} from "@fleetlog/domain";
import { openSession, sendHint } from "@fleetlog/fleet";
import type { DeviceProof, DirectoryEntry, PresentedCredential } from "@fleetlog/identity";
import { type LiveKind, type LiveMessages, liveSubject } from "@fleetlog/protocol";
import { TokenBucket } from "@fleetlog/runtime";
import { Admission } from "./admission.ts";
import { Closings } from "./closings.ts";
import { CommandQueue } from "./command-queue.ts";
import type { DeviceConnection } from "./connection.ts";
import type { SessionContext } from "./context.ts";
import { DeviceSession, type SessionEnd } from "./device-session.ts";
import { persist } from "./persist.ts";
import { Reports } from "./reports.ts";

export interface OpenRequest {
  readonly device: string;
  /** What the device was known by. */
  readonly proof: DeviceProof;
  readonly connection: DeviceConnection;
}

interface Held {
  readonly session: DeviceSession;
  readonly unsubscribe: () => void;
}

/** How many sessions are looked at together after the log was away: a whole fleet of them must not keep others waiting. */
const LOOKED_AT_ONCE = 64;

const LONGEST_NAME = 128;
const RETIRED = "the device was retired";
const ROTATED = "its token was replaced";
/** Agents know it by its first word. */
const SUPERSEDED = "superseded by a newer connection of this device";

/** The sessions that this node holds, at most one a device: the newest. */
export class Sessions {
  readonly #context: SessionContext;
  readonly #held = new Map<string, Held>();
  readonly #closings: Closings;
  readonly #admission = new Admission();
  readonly #forgetStatus: () => void;
  #stopping = false;
  /** Counts how often the log came back. */
  #returns = 0;

  constructor(context: SessionContext) {
    this.#context = context;
    this.#closings = new Closings(context.writer, context.logger);
    let wasAway = false;
    this.#forgetStatus = context.backbone.log.onStatus((status) => {
      // While it is full the hints come all the same.
      if (status !== "away" && wasAway) void this.#lookAgain();
      wasAway = status === "away";
    });
  }

  get size(): number {
    return this.#held.size;
  }

  get(device: string): DeviceSession | undefined {
    return this.#held.get(device)?.session;
  }

  /**
   * Whether what the device shows is right.
   * @throws FleetError `unauthenticated` (the same for a wrong token, a retired and an unknown device),
   * `log-unavailable` while credentials can't be read, `unavailable` when too many log in at once
   */
  async authenticate({ device, login, credential }: Omit<DirectoryEntry, "dialect">): Promise<DeviceProof> {
    const proof = await this.#admission.run(() => this.#prove(device, credential));
    if (proof !== undefined) return proof;
    const wrong = credential.token === undefined ? "" : ", or its token is wrong";
    throw new FleetError("unauthenticated", `${quoted(login)} is not registered or was retired${wrong}`);
  }

  async #prove(device: string, { by, token }: PresentedCredential): Promise<DeviceProof | undefined> {
    const { credentials } = this.#context;
    if (token === undefined) return credentials.verifyCertificate(device);
    const proof = await credentials.verify(device, token);
    return proof !== undefined && by === "certificate" ? { by } : proof;
  }

  /**
   * Opens a session: resolves once SessionOpened is in the log. An older session of the device, on whatever node, ends.
   * @throws FleetError `unavailable` while the node stops or when too many log in at once, `log-unavailable`
   */
  open(request: OpenRequest): Promise<DeviceSession> {
    return this.#admission.run(() => this.#open(request));
  }

  async #open({ device, proof, connection }: OpenRequest): Promise<DeviceSession> {
    const { backbone, writer, views, limits, logger, clock, node } = this.#context;
    if (this.#stopping) throw new FleetError("unavailable", "this node is stopping", { retryAfterMs: 1_000 });
    // It may have waited in line for longer than its peer did, who is somewhere else by now: this must not take that over.
    if (connection.closed) throw new FleetError("unavailable", "the connection has ended");
    const token = encodeToken(device);
    const returns = this.#returns;
    // Subscribed before SessionOpened is written, so that nothing said about this device from then on is missed.
    const early: { kind: LiveKind; data: unknown }[] = [];
    let receive = (kind: LiveKind, data: unknown): void => void early.push({ kind, data });
    const live = backbone.bus.subscribe(liveSubject(token, "*"), ({ subject, data }) =>
      receive(subject.slice(subject.lastIndexOf(".") + 1) as LiveKind, data),
    );
    try {
      const { incarnation } = node;
      const { epoch, openedId } = await this.#recordOpening(device, connection, incarnation);
      const log = logger.child({ device, epoch });
      const commands = new CommandQueue({
        device,
        epoch,
        session: openedId,
        log: backbone.log,
        writer,
        views,
        connection,
        clock,
        logger: log,
        observe: this.#context.observe,
        capacity: limits.openCommands,
      });
      const session = new DeviceSession({
        device,
        epoch,
        openedId,
        incarnation,
        proof,
        connection,
        commands,
        reports: new Reports({
          device,
          log: backbone.log,
          writer: writer.from(`/devices/${device}`),
          observe: this.#context.observe,
          reserve: this.#context.reserve,
        }),
        observe: this.#context.observe,
        rate: new TokenBucket({ burst: limits.burst, refillMs: 1_000 / limits.eventsPerSecond }, clock),
        onEnd: (ended, end) => this.#ended(ended, end),
      });
      receive = (kind, data) => this.#live(session, commands, kind, data);
      this.#hold(session, () => live.stop());
      for (const { kind, data } of early.splice(0)) receive(kind, data);
      sendHint(backbone.bus, device, "session", { epoch });
      void commands.refill();
      void this.#confirmed(session, returns !== this.#returns);
      return session;
    } catch (error) {
      live.stop();
      throw error;
    }
  }

  /**
   * An event of a command, as it comes from the log. Hints are quicker; but they are lost with a connection to NATS, or
   * with a node that ended before it gave one.
   */
  commandHeard(event: RecordedEvent<CommandEvent>): void {
    this.get(event.data.device)?.commandHeard(event);
  }

  /** Ends all sessions and their connections. */
  endAll(reason: CloseReason, detail: string): void {
    for (const { session } of [...this.#held.values()]) session.end(reason, detail);
  }

  /** Opens no more, and writes no more ends of sessions: as a rule the gateway's own event ends them. */
  stop(): void {
    this.#stopping = true;
    this.#forgetStatus();
    this.#closings.hold();
  }

  /**
   * After `stop`, and once the gateway has had its last word: resolves when the ends of all sessions of a later epoch than
   * that event has ended are in the log.
   */
  finish(endedThrough: number): Promise<void> {
    return this.#closings.finish(endedThrough);
  }

  /** Ends of sessions that are not in the log yet. */
  get closing(): number {
    return this.#closings.size;
  }

  async #recordOpening(device: string, connection: DeviceConnection, incarnation: string) {
    const { protocol, version, address, keepAliveSeconds } = connection;
    const gateway = this.#context.node.name;
    const data = {
      device,
      gateway,
      incarnation,
      protocol,
      version,
      address,
      ...(keepAliveSeconds !== undefined && { keepAliveSeconds }),
    };
    return openSession(this.#context, data);
  }

  #hold(session: DeviceSession, unsubscribe: () => void): void {
    const older = this.#held.get(session.device);
    if (older !== undefined && older.session.epoch > session.epoch) {
      unsubscribe();
      session.end("superseded", SUPERSEDED);
      return;
    }
    this.#held.set(session.device, { session, unsubscribe });
    if (older === undefined) return;
    older.unsubscribe();
    older.session.end("superseded", SUPERSEDED);
  }

  /** Live messages were lost while the log was away: of take-overs elsewhere, of retirements and of replaced tokens. */
  async #lookAgain(): Promise<void> {
    const mine = ++this.#returns;
    const held = [...this.#held.values()].values();
    const worker = async () => {
      for (const { session } of held) {
        if (mine !== this.#returns) return;
        await this.#confirmed(session, true);
      }
    };
    await Promise.all(Array.from({ length: LOOKED_AT_ONCE }, worker));
  }

  /** Looks until it has seen, or the session is over; `wasAway`: a take-over may have been missed. */
  #confirmed(session: DeviceSession, wasAway: boolean): Promise<void> {
    const { device, epoch } = session;
    return persist(
      async () => {
        if (wasAway) await this.#endIfTakenOver(session);
        await this.#confirm(session);
      },
      () => session.ended || this.#stopping,
      (err, waitMs) =>
        this.#context.logger.warn({ err, waitMs, device, epoch }, "could not look at a session again; trying again"),
    );
  }

  async #endIfTakenOver(session: DeviceSession): Promise<void> {
    const last = await this.#context.backbone.log.last("session", session.device);
    if (last === undefined) return;
    const newest = last.type === "SessionClosed" ? last.data : { epoch: last.seq, session: last.id };
    const mine = { epoch: session.epoch, session: session.openedId };
    if (isOlderSession(mine, newest)) session.end("superseded", SUPERSEDED);
  }

  /**
   * What could have changed between the check of the credential and the subscription. The log has the last word on who
   * is retired, whatever credential a race may have left.
   */
  async #confirm(session: DeviceSession): Promise<void> {
    const { credentials, backbone } = this.#context;
    const valid = await credentials.check(session.device, session.proof);
    const last = await backbone.log.last("device", session.device);
    if (last?.type === "DeviceRetired") session.end("retired", RETIRED, consequenceOf(last));
    else if (!valid) {
      const rotated = last?.type === "DeviceTokenRotated" ? consequenceOf(last) : undefined;
      session.end("token-rotated", ROTATED, rotated);
    }
  }

  async #recheck(session: DeviceSession, consequence: Consequence | undefined): Promise<void> {
    const valid = await this.#context.credentials.check(session.device, session.proof);
    if (!valid) session.end("token-rotated", ROTATED, consequence);
  }

  #live(session: DeviceSession, commands: CommandQueue, kind: LiveKind, data: unknown): void {
    switch (kind) {
      case "command":
        commands.add((data as LiveMessages["command"]).event);
        break;
      case "ended":
        commands.drop((data as LiveMessages["ended"]).command);
        break;
      case "session":
        if ((data as LiveMessages["session"]).epoch > session.epoch) {
          session.end("superseded", SUPERSEDED);
        }
        break;
      case "retired":
        session.end("retired", RETIRED, known(data));
        break;
      case "credential":
        this.#recheck(session, known(data)).catch(() => session.end("token-rotated", ROTATED, known(data)));
        break;
    }
  }

  #ended(session: DeviceSession, end: SessionEnd): void {
    const held = this.#held.get(session.device);
    if (held?.session === session) {
      held.unsubscribe();
      this.#held.delete(session.device);
    }
    const { device, epoch, openedId, incarnation } = session;
    // Ended in the log already: by the newer SessionOpened, or with all that an earlier incarnation of this node held.
    if (end.reason === "superseded" || incarnation !== this.#context.node.incarnation) return;
    this.#closings.add({ device, epoch, session: openedId, ...end, at: this.#context.clock() });
  }
}

/** A name that a client gave, which may hold anything and be of any length. */
function quoted(name: string): string {
  return JSON.stringify(name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name);
}

/** Nothing where the event is not known: then its end follows from its beginning. */
function known(data: unknown): Consequence | undefined {
  const consequence = data as Consequence;
  return consequence.causationid === undefined ? undefined : consequence;
}
