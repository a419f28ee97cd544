import type { IncomingMessage } from "node:http";
import { expect, it } from "vitest";
import { TrustedProxies, trustedProxies } from "../../settings/trusted-proxies.ts";
import { clientFinder } from "./client.ts";

const proxies = new TrustedProxies(["10.0.0.0/8", "::1"]);

function request(remoteAddress: string, headers: Record<string, string>): IncomingMessage {
  return { socket: { remoteAddress, remotePort: 5 }, headers: { host: "Gateway:8080", ...headers } } as never;
}

it("the gateway ignores X-Forwarded-* from a peer that is not a trusted proxy", () => {
  const headers = { "x-forwarded-for": "192.0.2.9", "x-forwarded-host": "evil", "x-forwarded-proto": "https" };
  const direct = { address: "198.51.100.1", peer: "198.51.100.1:5", host: "gateway:8080", encrypted: false };
  expect(clientFinder(proxies)(request("198.51.100.1", headers))).toEqual(direct);
  expect(clientFinder(undefined)(request("198.51.100.1", headers))).toEqual(direct);
});

it("the gateway takes the address, host and scheme from a trusted proxy's headers", () => {
  const forwarded = { "x-forwarded-host": "Fleet.example", "x-forwarded-proto": "https" };
  const headers = { "x-forwarded-for": "192.0.2.9", ...forwarded };
  const named = { address: "192.0.2.9", peer: "192.0.2.9", host: "fleet.example", encrypted: true };
  expect(clientFinder(proxies)(request("10.1.2.3", headers))).toEqual(named);
  expect(clientFinder(proxies)(request("::ffff:10.1.2.3", headers))).toEqual(named);
});

it.each([
  [
    "the last one that is not a trusted proxy, because a client can send the header too",
    "1.1.1.1, 192.0.2.9, 10.9.9.9",
    "192.0.2.9",
  ],
  ["the one in the header, without its port", "192.0.2.9:4711", "192.0.2.9"],
  ["the IPv6 address in the header, without its port", "[2001:db8::1]:4711", "2001:db8::1"],
  ["the proxy's own if the header is empty", "", "10.1.2.3"],
  ["the proxy's own if the header has no IP address", "unknown", "10.1.2.3"],
])("the gateway takes as the client's address %s", (_, forwarded, address) => {
  expect(clientFinder(proxies)(request("10.1.2.3", { "x-forwarded-for": forwarded })).address).toBe(address);
});

it("the gateway accepts only addresses and networks as trusted proxies", () => {
  expect(trustedProxies.read("10.0.0.1, 192.168.0.0/16,::1")?.trusts("192.168.7.7")).toBe(true);
  for (const wrong of ["", "proxy.example", "10.0.0.1/x", "10.0.0.0/33", "10.0.0.1,,"]) {
    expect(trustedProxies.read(wrong)).toBeUndefined();
  }
});
