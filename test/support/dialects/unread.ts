import { readFileSync } from "node:fs";
import type { Socket } from "node:net";

/** The length of the send queue at the other end of a connection on this machine, from Linux's table of sockets. */
export function unreadBytes({ localPort = 0, remotePort = 0 }: Pick<Socket, "localPort" | "remotePort">): number {
  for (const line of ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((path) => readFileSync(path, "utf8").split("\n"))) {
    const [, local = "", remote = "", , queues = ""] = line.trim().split(/\s+/);
    if (portIn(local) === remotePort && portIn(remote) === localPort) return Number.parseInt(queues, 16);
  }
  return 0;
}

function portIn(address: string): number {
  return Number.parseInt(address.split(":")[1] ?? "", 16);
}
