import { createServer, type Server } from "node:net";
import { environmentName } from "@fleetlog/runtime/node";
import { LAUNCHER_LISTENERS, type LauncherListener } from "./listeners.ts";
import type { LauncherSettings } from "./settings.ts";

/**
 * Checks that the ports of the gateway and the historian are free, and replaces 0 with a free port.
 *
 * Listens on all of them at once, so that no two are the same.
 *
 * @throws Error that names the port, its setting and what to do
 */
export async function resolvePorts(settings: LauncherSettings): Promise<LauncherSettings> {
  const listening: Server[] = [];
  const found: Partial<Record<LauncherListener["key"], number>> = {};
  try {
    for (const { key, purpose, used } of LAUNCHER_LISTENERS) {
      if (!used(settings)) continue;
      const port = Number(settings[key]);
      const server = await listen(port, settings.host).catch((error: NodeJS.ErrnoException) => {
        throw new Error(explain(error, port, settings.host, purpose, environmentName(key)), { cause: error });
      });
      listening.push(server);
      found[key] = portOf(server);
    }
  } finally {
    await Promise.all(listening.map(release));
  }
  return { ...settings, ...found };
}

export async function freePort(preferred: number, host: string, avoid: readonly number[]): Promise<number> {
  const listening: Server[] = [];
  try {
    for (let wanted = avoid.includes(preferred) ? 0 : preferred; ; wanted = 0) {
      const server = await listen(wanted, host).catch((error: NodeJS.ErrnoException) => {
        if (wanted === 0) throw error;
      });
      if (server === undefined) continue;
      listening.push(server);
      if (!avoid.includes(portOf(server))) return portOf(server);
    }
  } finally {
    await Promise.all(listening.map(release));
  }
}

function listen(port: number, host: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ port, host, exclusive: true }, () => resolve(server));
  });
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

function release(server: Server): Promise<void> {
  return new Promise((resolve) => void server.close(() => resolve()));
}

function explain(error: NodeJS.ErrnoException, port: number, host: string, purpose: string, setting: string): string {
  switch (error.code) {
    case "EADDRINUSE":
      return (
        `Port ${port} on ${host} (${purpose}) is taken by another program. ` +
        `Stop that program, or choose another port: ${setting}=${port < 65_535 ? port + 1 : port - 1} npm start`
      );
    case "EACCES":
      return `${setting} is ${port}, which only the system's administrator may use here; choose a port of 1024 or more`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `FLEETLOG_HOST is ${host}, not an address of this machine; use 127.0.0.1, or 0.0.0.0 for every network`;
    default:
      return `${setting} is ${port}, which can't be used on ${host}: ${error.message}`;
  }
}
