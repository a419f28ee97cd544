import type { RecordedEvent } from "@fleetlog/domain";

export interface Tick {
  readonly type: "Tick";
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Cancel what the device still had to do when it retired. */
export interface CancelOpen {
  readonly device: string;
  readonly retiredSeq: number;
  /** A view that is to say what is open must have this sequence. */
  readonly atLeast: number;
  readonly causationid: string;
}

interface Retired {
  readonly seq: number;
  readonly id: string;
  readonly time: number;
  /** Sequence with which the device was registered anew. */
  readonly until?: number;
}

export interface Retirements {
  /** Devices that retired a moment ago. */
  readonly recent: Map<string, Retired>;
  newestSeq: number;
}

/** How long an operator's command may have been on its way when the device retired. */
const RECENT_MS = 60_000;

export function noRetirements(): Retirements {
  return { recent: new Map(), newestSeq: 0 };
}

/** A retired device does nothing any more: its open commands are cancelled, those too that crossed its retirement. */
export function react(state: Retirements, input: RecordedEvent | Tick): readonly CancelOpen[] {
  if (input.type === "Tick") {
    for (const [device, { time }] of state.recent) if (time < input.now - RECENT_MS) state.recent.delete(device);
    return [];
  }
  state.newestSeq = Math.max(state.newestSeq, input.seq);
  switch (input.type) {
    case "DeviceRetired": {
      const { device } = input.data;
      const retired = { seq: input.seq, id: input.id, time: Date.parse(input.time) };
      state.recent.set(device, retired);
      return [cancelOpen(device, retired, state.newestSeq)];
    }
    case "DeviceRegistered": {
      // Still looked out for: commands come in no order with it, and one of those may have crossed the retirement.
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

/** Up to where everything is done with: a command that crosses a recent retirement may still come. */
export function doneThrough({ recent }: Retirements): number {
  let through = Number.MAX_SAFE_INTEGER;
  for (const { seq } of recent.values()) through = Math.min(through, seq - 1);
  return through;
}

function cancelOpen(device: string, { seq, id }: Retired, atLeast: number): CancelOpen {
  return { device, retiredSeq: seq, atLeast, causationid: id };
}
