import {
  accountOf,
  type Causation,
  causedBy,
  deviceDecider,
  isOlderSession,
  isSameSession,
  type RecordedEvent,
  type SessionEvent,
  sessionOf,
  statusAfter,
} from "@fleetlog/domain";
import { alignCredential, loadFromLog } from "@fleetlog/fleet";
import type { BusSubscription } from "@fleetlog/log";
import type { SessionContext } from "../context.ts";
import type { DeviceSession } from "../device-session.ts";
import { Admission } from "../login/admission.ts";
import { persist } from "../persist.ts";
import { MOVED, RETIRED, SUPERSEDED } from "./end-details.ts";

/** A session of this node. */
export interface Held {
  readonly session: DeviceSession;
  readonly live: BusSubscription;
  expiry: NodeJS.Timeout | undefined;
}

/** Maximum number of sessions that are checked at once, as after an outage. The log must have capacity for other work. */
const MAX_REVALIDATIONS = 64;

const ROTATED = "its token was replaced";
const LOGIN_CHANGED = "its log-in was changed or removed";
const CERTIFICATE_ENDED = "its certificate was revoked or has expired, or its authority was withdrawn";
const ENDS_CREDENTIAL: ReadonlySet<string> = new Set([
  "DeviceTokenRotated",
  "DeviceCertificateRevoked",
  "DeviceLoginChanged",
  "DeviceLoginRemoved",
]);
/** Node's maximum for a timer. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Ends a session that was taken over, or whose device or credential is no longer valid. */
export class Revalidation {
  readonly #context: SessionContext;
  readonly #held: ReadonlyMap<string, Held>;
  readonly #checks = new Admission({ concurrent: MAX_REVALIDATIONS, waiting: Number.POSITIVE_INFINITY });
  #stopping = false;

  constructor(context: SessionContext, held: ReadonlyMap<string, Held>) {
    this.#context = context;
    this.#held = held;
  }

  get stopping(): boolean {
    return this.#stopping;
  }

  stop(): void {
    this.#stopping = true;
  }

  /** Retries until it succeeds or the session ends. @param wasAway the session may have been taken over in an outage */
  revalidate(session: DeviceSession, wasAway: boolean): Promise<void> {
    const { device, epoch } = session;
    return persist(
      () =>
        this.#checks.run(async () => {
          if (session.ended || this.#stopping) return;
          if (wasAway) await this.#endIfTakenOver(session);
          await this.checkCredential(session);
        }),
      () => session.ended || this.#stopping,
      (err, waitMs) =>
        this.#context.logger.warn({ err, waitMs, device, epoch }, "could not re-validate a session; trying again"),
    );
  }

  async #endIfTakenOver(session: DeviceSession): Promise<void> {
    const last = await this.#context.backbone.log.last("session", session.device);
    const newest = last === undefined ? undefined : sessionOf(last as RecordedEvent<SessionEvent>);
    if (newest !== undefined && isSameSession(newest, session.reference)) return;
    if (newest !== undefined && isOlderSession(session.reference, newest)) session.end("superseded", SUPERSEDED);
    else if (!(await this.#isInLog(session))) this.#context.node.sessionsMissing();
  }

  async #isInLog({ device, epoch, sessionId }: DeviceSession): Promise<boolean> {
    const query = { stream: "FLEET", category: "session", entity: device, fromSeq: epoch, limit: 1 } as const;
    for await (const { id } of this.#context.backbone.log.read(query)) return id === sessionId;
    return false;
  }

  /**
   * Ends the session if the device was retired or moved, or the credential is invalid. The log is read, too. A race may
   * leave the credential of a retired device valid. A crash may leave the credential of a moved device in its earlier
   * account.
   */
  async checkCredential(session: DeviceSession): Promise<void> {
    const { credentials, backbone } = this.#context;
    const until = await credentials.validUntil(session.device, session.proof);
    const last = await backbone.log.last("device", session.device);
    if (statusAfter(last) === "retired")
      session.end("retired", RETIRED, last?.type === "DeviceRetired" ? causedBy(last) : undefined);
    else if (last !== undefined && (await this.#hasMoved(session, last)))
      session.end("moved", MOVED, last.type === "DeviceMoved" ? causedBy(last) : undefined);
    else this.#endAt(session, until, last !== undefined && ENDS_CREDENTIAL.has(last.type) ? causedBy(last) : undefined);
  }

  /**
   * Whether the device was moved to another account. If so, also moves its credential there.
   * @param last the device's newest event
   */
  async #hasMoved({ device, account }: DeviceSession, last: RecordedEvent): Promise<boolean> {
    // Events of a device have its account.
    if (accountOf(last) === account) return false;
    const { credentials, backbone } = this.#context;
    const { log } = backbone;
    const { state } = await loadFromLog(log, deviceDecider, "device", device);
    if (state.status !== "registered" || accountOf(state) === account) return false;
    await alignCredential({ log, credentials }, device);
    return true;
  }

  /** The device's credentials have changed. The session also ends if its credential can't be checked now. */
  credentialChanged(session: DeviceSession, causedBy: Causation | undefined): void {
    this.#revalidateCredential(session, causedBy).catch(() => this.#endWithCredential(session, causedBy));
  }

  async #revalidateCredential(session: DeviceSession, causedBy: Causation | undefined): Promise<void> {
    const until = await this.#context.credentials.validUntil(session.device, session.proof);
    this.#endAt(session, until, causedBy);
  }

  #endAt(session: DeviceSession, until: number | undefined, causedBy: Causation | undefined): void {
    if (until === undefined) {
      this.#endWithCredential(session, causedBy);
      return;
    }
    const held = this.#held.get(session.device);
    if (held?.session !== session) return;
    clearTimeout(held.expiry);
    if (until === Number.POSITIVE_INFINITY) return;
    const left = until - this.#context.clock();
    const wait = Math.min(left, MAX_TIMER_MS);
    held.expiry = setTimeout(() => this.#endAt(session, this.#stillValid(until), causedBy), wait);
    held.expiry.unref();
  }

  #endWithCredential(session: DeviceSession, causedBy: Causation | undefined): void {
    const { by } = session.proof;
    if (by === "token") session.end("token-rotated", ROTATED, causedBy);
    else if (by !== "certificate") session.end("login-changed", LOGIN_CHANGED, causedBy);
    else session.end("certificate-ended", CERTIFICATE_ENDED, causedBy);
  }

  /** Undefined if `until` has passed. A timer may fire early, and the clock may have been set back. */
  #stillValid(until: number): number | undefined {
    return this.#context.clock() < until ? until : undefined;
  }
}

export async function revalidateEach(held: Iterable<Held>, revalidate: (one: Held) => Promise<void>): Promise<void> {
  // The workers share one iterator.
  const rest = held[Symbol.iterator]();
  const worker = async () => {
    for (let next = rest.next(); next.done !== true; next = rest.next()) await revalidate(next.value);
  };
  await Promise.all(Array.from({ length: MAX_REVALIDATIONS }, worker));
}
