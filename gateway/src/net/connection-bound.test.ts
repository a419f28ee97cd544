import { PassThrough } from "node:stream";
import { expect, it, vi } from "vitest";
import { boundLimits, ConnectionBound } from "./connection-bound.ts";

const limits = boundLimits(4, (address) => address === "proxy");

it("the bound allows an address half of the connections, and a proxy all of them", () => {
  const bound = new ConnectionBound(limits);
  const taken = Array.from({ length: 3 }, () => bound.take(new PassThrough(), "a") !== undefined);
  expect(taken).toEqual([true, true, false]);
  expect(bound.take(new PassThrough(), "b")).toBeDefined();
  expect(bound.take(new PassThrough(), "c")).toBeDefined();
  expect(bound.take(new PassThrough(), "d")).toBeUndefined();
  const behind = new ConnectionBound(limits);
  const proxied = Array.from({ length: 5 }, () => behind.take(new PassThrough(), "proxy") !== undefined);
  expect(proxied).toEqual([true, true, true, true, false]);
});

it("the bound has room again when a connection is closed or released, and counts a connection's end only once", async () => {
  const bound = new ConnectionBound(limits);
  const [first, second] = [new PassThrough(), new PassThrough()];
  bound.take(first, "a");
  const release = bound.take(second, "a");
  first.destroy();
  await vi.waitFor(() => expect(bound.open).toBe(1));
  release?.();
  release?.();
  second.destroy();
  expect(bound.open).toBe(0);
  expect(bound.take(new PassThrough(), "a")).toBeDefined();
  expect(bound.take(first, "a")).toBeUndefined();
});

it("the bound counts the addresses of an IPv6 /64 network as one address", () => {
  const bound = new ConnectionBound(limits);
  const taken = [1, 2, 3].map((n) => bound.take(new PassThrough(), `2001:db8:0:7::${n}`) !== undefined);
  expect(taken).toEqual([true, true, false]);
  expect(bound.take(new PassThrough(), "2001:db8:0:8::1")).toBeDefined();
});
