import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { FleetError } from "@fleetlog/domain";
import { hostFault } from "./proxies/host.ts";
import { refuseUpgrade } from "./refusing/upgrade-refusal.ts";

export interface Upgradable {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** Paths of WebSockets. A name in braces stands for any text without a slash. */
export class UpgradePaths {
  readonly #exact: ReadonlySet<string>;
  readonly #patterns: readonly { readonly path: string; readonly pattern: RegExp }[];

  constructor(paths: Iterable<string>) {
    const all = [...paths];
    this.#exact = new Set(all.filter((path) => !path.includes("{")));
    this.#patterns = all
      .filter((path) => path.includes("{"))
      .map((path) => ({ path, pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+")}$`) }));
  }

  /** The path as it was declared; undefined for any other. */
  find(path: string): string | undefined {
    return this.#exact.has(path) ? path : this.#patterns.find(({ pattern }) => pattern.test(path))?.path;
  }
}

/** All paths except the root, where a page is served, too. */
export function upgradeOnly(paths: Iterable<string>): UpgradePaths {
  return new UpgradePaths([...paths].filter((path) => path !== "/"));
}

/**
 * Whether a request with an Upgrade header is an upgrade. Clients of HTTP/2 offer `h2c` with every request. This offer
 * is ignored (RFC 9110, 7.8).
 * @param paths the paths that serve only upgrades
 */
export function shouldUpgrade(request: IncomingMessage, paths: UpgradePaths): boolean {
  const offered = request.headers.upgrade?.toLowerCase() ?? "";
  return offered.split(",").some((name) => name.trim() === "websocket") || paths.find(pathOf(request)) !== undefined;
}

export function routeUpgrades(server: Server, targets: ReadonlyMap<string, Upgradable>): void {
  const paths = new UpgradePaths(targets.keys());
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const path = pathOf(request);
    const target = targets.get(paths.find(path) ?? "");
    const fault = hostFault(request);
    if (fault !== undefined) {
      refuse(request, socket, fault);
      return;
    }
    if (target !== undefined) {
      target.upgrade(request, socket, head);
      return;
    }
    const advice = `WebSockets are at ${[...targets.keys()].filter((one) => one !== "/").join(", ")}.`;
    refuse(request, socket, new FleetError("not-found", `there is no WebSocket at ${path}`, { advice }));
  });
}

function refuse(request: IncomingMessage, socket: Duplex, error: FleetError): void {
  socket.on("error", () => socket.destroy());
  refuseUpgrade(request, socket, error);
}

export function pathOf({ url = "/" }: IncomingMessage): string {
  return url.split("?", 1)[0] ?? "/";
}
