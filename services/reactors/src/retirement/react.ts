import { parseSubject, type RecordedEvent } from "@fleetlog/domain";

export interface Tick {
  readonly type: "Tick";
  readonly now: number;
}

export interface CancelOpen {
  readonly device: string;
  readonly retiredSeq: number;
  /** If the device moved, only the commands from before this sequence are cancelled. */
  readonly movedSeq?: number;
  readonly atLeast: number;
  readonly causationid: string;
}

/**
 * Check the device's sessions. The gateway that ended their access notifies the other gateways, but may have crashed before
 * it did.
 */
export interface CheckSessions {
  readonly device: string;
  readonly checkSessions: true;
}

interface Retired {
  readonly seq: number;
  readonly id: string;
  /** Time of the first tick after the retirement was read, in milliseconds since 1970. */
  readonly tickedAt?: number;
  /** Sequence of the device's next registration: later commands are not cancelled. */
  readonly until?: number;
}

export interface Retirements {
  readonly recent: Map<string, Retired>;
  /** Devices whose sessions are checked once more, and whether they have waited for a tick. */
  readonly again: Map<string, boolean>;
  newestSeq: number;
}

/**
 * How long commands that follow a retirement are cancelled: a gateway that has not read the retirement yet may append
 * them. The time begins when this process has read the retirement. The retirement's own time can't be used: after a
 * pause of this process, it is old, and the commands are read much later.
 */
const RECENT_MS = 60_000;

export function initialRetirements(): Retirements {
  return { recent: new Map(), again: new Map(), newestSeq: 0 };
}

/** Events after which sessions of the device may not continue. */
const ENDS_SESSIONS: ReadonlySet<string> = new Set([
  "DeviceRetired",
  "DeviceMoved",
  "DeviceTokenRotated",
  "DeviceCertificateRevoked",
  "DeviceLoginChanged",
  "DeviceLoginRemoved",
]);

/**
 * The gateway replaces the credential after it has recorded one of these events, so the first check may come too early.
 */
const ENDS_LATER: ReadonlySet<string> = new Set(["DeviceTokenRotated", "DeviceLoginChanged"]);

/**
 * Cancels a retired device's open commands, and also those that a gateway appended before it saw the retirement. After
 * events that end the access of sessions, requests a check of the device's sessions.
 */
export function react(state: Retirements, input: RecordedEvent | Tick): readonly (CancelOpen | CheckSessions)[] {
  const cancelled = openCommandsOf(state, input);
  if (input.type === "Tick") return [...checkedAgain(state), ...cancelled];
  if (!ENDS_SESSIONS.has(input.type)) return cancelled;
  const device = parseSubject(input.subject)?.entity ?? "";
  if (ENDS_LATER.has(input.type)) state.again.set(device, false);
  return [{ device, checkSessions: true }, ...cancelled];
}

function checkedAgain({ again }: Retirements): readonly CheckSessions[] {
  const checked: CheckSessions[] = [];
  for (const [device, hasWaited] of again) {
    if (!hasWaited) again.set(device, true);
    else if (again.delete(device)) checked.push({ device, checkSessions: true });
  }
  return checked;
}

function openCommandsOf(state: Retirements, input: RecordedEvent | Tick): readonly CancelOpen[] {
  if (input.type === "Tick") {
    for (const [device, retired] of state.recent) {
      const { tickedAt } = retired;
      if (tickedAt === undefined) state.recent.set(device, { ...retired, tickedAt: input.now });
      else if (tickedAt < input.now - RECENT_MS) state.recent.delete(device);
    }
    return [];
  }
  state.newestSeq = Math.max(state.newestSeq, input.seq);
  switch (input.type) {
    case "DeviceRetired": {
      const { device } = input.data;
      const retired = { seq: input.seq, id: input.id };
      state.recent.set(device, retired);
      return [cancelOpen(device, retired, state.newestSeq)];
    }
    case "DeviceMoved": {
      const { device, history } = input.data;
      if (history === "along") return [];
      // Later commands belong to the new account.
      return [{ ...cancelOpen(device, input, state.newestSeq), movedSeq: input.seq }];
    }
    case "DeviceRegistered": {
      // Keep the entry. A command from before this event may still come, because categories have no common order.
      const { device } = input.data;
      const retired = state.recent.get(device);
      if (retired !== undefined && retired.until === undefined)
        state.recent.set(device, { ...retired, until: input.seq });
      return [];
    }
    case "CommandIssued": {
      const { device } = input.data;
      const retired = state.recent.get(device);
      if (retired === undefined) return [];
      const { seq, until = Number.POSITIVE_INFINITY } = retired;
      return seq < input.seq && input.seq < until ? [cancelOpen(device, retired, input.seq)] : [];
    }
    default:
      return [];
  }
}

/**
 * A restarted process need not read the events up to this sequence again. It must read the recent retirements again: for a
 * while after one of them, gateways may append more commands, which it has to cancel.
 */
export function processedThrough({ recent }: Retirements): number {
  let through = Number.MAX_SAFE_INTEGER;
  for (const { seq } of recent.values()) through = Math.min(through, seq - 1);
  return through;
}

function cancelOpen(device: string, { seq, id }: Pick<Retired, "seq" | "id">, atLeast: number): CancelOpen {
  return { device, retiredSeq: seq, atLeast, causationid: id };
}
