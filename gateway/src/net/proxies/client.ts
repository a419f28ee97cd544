import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import type { TLSSocket } from "node:tls";
import { plainAddress } from "@fleetlog/runtime/node";
import type { TrustedProxies } from "../../settings/trusted-proxies.ts";
import { addressOf } from "../address.ts";

/** The client of an HTTP request, which may be behind trusted proxies. */
export interface Client {
  /** IP address; `unknown` for a connection that has ended. */
  readonly address: string;
  /** For events and log lines: `host:port`, or the address alone if a proxy names it. */
  readonly peer: string;
  readonly host: string | undefined;
  /** Whether the client uses TLS, to this gateway or to a trusted proxy. */
  readonly encrypted: boolean;
}

export type FindClient = (request: IncomingMessage) => Client;

/**
 * Uses `X-Forwarded-*` only from trusted proxies. The client is the last address that is not a trusted proxy, because
 * clients can make up the earlier addresses.
 */
export function clientFinder(proxies: TrustedProxies | undefined): FindClient {
  return (request) => {
    const { socket, headers } = request;
    const direct = plainAddress(socket.remoteAddress ?? "unknown");
    const host = headers.host?.toLowerCase();
    const overTls = (socket as Partial<TLSSocket>).encrypted === true;
    if (proxies?.trusts(direct) !== true) {
      return { address: direct, peer: addressOf(socket), host, encrypted: overTls };
    }
    const hops = list(headers["x-forwarded-for"]).map(withoutPort);
    const address = hops.findLast((hop) => !proxies.trusts(hop));
    const known = address !== undefined && isIP(address) !== 0;
    return {
      address: known ? address : direct,
      peer: known ? address : addressOf(socket),
      host: list(headers["x-forwarded-host"]).at(-1)?.toLowerCase() ?? host,
      encrypted: overTls || list(headers["x-forwarded-proto"]).at(-1) === "https",
    };
  };
}

function list(header: string | string[] | undefined): string[] {
  return [header ?? []]
    .flat()
    .join(",")
    .split(",")
    .map((value) => value.trim())
    .filter((value) => value !== "");
}

/** Removes the port and the brackets that some proxies add. */
function withoutPort(hop: string): string {
  const [, bracketed, simple] = /^(?:\[([^\]]+)\](?::\d+)?|([^:]+):\d+)$/.exec(hop) ?? [];
  return plainAddress(bracketed ?? simple ?? hop);
}
