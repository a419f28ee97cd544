import type { Link, Transport } from "@fleetlog/agent";
import type { CommandMessage } from "@fleetlog/protocol";

/** The connection of a replayed device: it can be cut, and commands get only the answers that the history has. */
export function replayedTransport(
  transport: Transport,
  { onLink, onCommand }: { onLink(link: Link): void; onCommand(link: Link, command: CommandMessage): void },
): Transport {
  return {
    name: transport.name,
    async connect(events, signal) {
      let link: Link | undefined;
      // Commands may come before the connection is returned.
      const early: CommandMessage[] = [];
      const replayed = {
        ...events,
        onCommand: (command: CommandMessage) => {
          if (link === undefined) early.push(command);
          else onCommand(link, command);
        },
        onCancelled: () => {},
      };
      const opened = await transport.connect(replayed, signal);
      link = opened;
      onLink(opened);
      for (const command of early) onCommand(opened, command);
      return opened;
    },
  };
}
