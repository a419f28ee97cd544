import { expect, it } from "vitest";
import { addressOf, hostOf } from "./address.ts";

it.each([
  [{ remoteAddress: "192.0.2.1", remotePort: 1_883 }, "192.0.2.1:1883"],
  [{ remoteAddress: "2001:db8::1", remotePort: 1_883 }, "[2001:db8::1]:1883"],
  [{ remoteAddress: "::ffff:192.0.2.1", remotePort: 5 }, "[::ffff:192.0.2.1]:5"],
  [{}, "unknown:0"],
])("addressOf writes the peer %j as %s", (peer, address) => {
  expect(addressOf(peer)).toBe(address);
});

it.each([
  ["192.0.2.1:1883", "192.0.2.1"],
  ["[2001:db8::1]:1883", "2001:db8::1"],
  ["[::ffff:192.0.2.1]:5", "192.0.2.1"],
  ["2001:db8::1", "2001:db8::1"],
  ["192.0.2.1", "192.0.2.1"],
  ["unknown:0", "unknown"],
])("hostOf extracts from the peer %s the IP address %s", (peer, address) => {
  expect(hostOf(peer)).toBe(address);
});
