import { isOlderSession, type RecordedEvent } from "@fleetlog/domain";
import type { OpenCommands } from "./open-commands.ts";

export interface Tick {
  readonly type: "Tick";
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface Expire {
  readonly command: string;
  readonly device: string;
  /** The time of the tick at which the command's deadline had passed, in RFC 3339. */
  readonly now: string;
}

/** At most this many commands expire in one tick; the next tick follows at once. */
const MAX_PER_TICK = 256;

/** Every command that is open at its deadline expires, whether its device is connected or not. */
export function react(open: OpenCommands, input: RecordedEvent | Tick): readonly Expire[] {
  switch (input.type) {
    case "Tick": {
      const now = new Date(input.now).toISOString();
      return open.takeDue(input.now, MAX_PER_TICK).map(({ command, device }) => ({ command, device, now }));
    }
    case "CommandIssued": {
      const { command, device, deadline } = input.data;
      open.add({ command, device, deadline: Date.parse(deadline), seq: input.seq, epoch: 0 });
      return [];
    }
    case "CommandDelivered": {
      const delivered = open.get(input.data.command);
      if (delivered !== undefined && isOlderSession(delivered, input.data)) {
        delivered.epoch = input.data.epoch;
        delivered.session = input.data.session;
      }
      return [];
    }
    case "CommandCompleted":
    case "CommandFailed": {
      const answered = open.get(input.data.command);
      // A result from an older session than the last delivery's is stale and does not end the command.
      if (answered !== undefined && !isOlderSession(input.data, answered)) open.end(input.data.command);
      return [];
    }
    case "CommandExpired":
    case "CommandCancelled":
    case "CommandGivenUp":
      open.end(input.data.command);
      return [];
    default:
      return [];
  }
}
