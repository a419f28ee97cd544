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
  /** When the command was found to be due, in RFC 3339. */
  readonly now: string;
}

/** More due commands expire at the next tick, which follows at once. */
const MAX_PER_TICK = 256;

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
      // A result from an older session than the last delivery's does not end the command.
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
