import { hostname, networkInterfaces } from "node:os";
import { plainAddress } from "./addresses.ts";

/** Maximum number of names, because a machine with many containers has hundreds of addresses. */
const MAX_NAMES = 100;
const LOOPBACK = ["localhost", "127.0.0.1", "::1"];

export interface Reachable {
  readonly host: string;
  readonly publicUrl?: string | undefined;
}

export interface Machine {
  readonly name: string;
  readonly addresses: readonly string[];
}

/** Names for the certificate of a server on this machine, the public one first. */
export function serverNames({ host, publicUrl }: Reachable, machine: Machine = thisMachine()): readonly string[] {
  const isWildcard = host === "0.0.0.0" || host === "::";
  const listening = isWildcard ? machine.addresses : [host];
  const visible = publicUrl === undefined ? [] : [new URL(publicUrl).hostname.replace(/^\[(.*)\]$/, "$1")];
  const names = [...visible, machine.name.toLowerCase(), ...LOOPBACK, ...listening.map(plainAddress)];
  return [...new Set(names)].filter((name) => name !== "").slice(0, MAX_NAMES);
}

function thisMachine(): Machine {
  const found = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  // A link-local IPv6 address is of use only with an interface's name (`fe80::1%eth0`), which a certificate can't have.
  const addresses = found.map(({ address }) => address).filter((address) => !/^fe80:/i.test(address));
  return { name: hostname(), addresses: addresses.sort() };
}
