import { MemoryGateway, settled } from "@fleetlog/agent/testing";
import { describe, expect, it } from "vitest";
import type { Action } from "../plan/actions.ts";
import { DeviceRefused, type Registry } from "../target/registry.ts";
import { Counts } from "./counts.ts";
import { ReplayedDevice } from "./device.ts";

type Step = Action extends infer One ? (One extends unknown ? Omit<One, "device"> : never) : never;

const connect: Step = { do: "connect", protocol: "mqtt", mqttVersion: 4 };
const report = (seq: number): Step => ({
  do: "report",
  report: { kind: "telemetry", body: { data: { seq }, at: "2026-01-31T03:00:00.000Z", boot: "b", seq } },
});

function deviceOn(gateway = new MemoryGateway(), registry: Partial<Registry> = {}) {
  const counts = new Counts();
  const refusals: string[] = [];
  const failures: unknown[] = [];
  const addresses: string[] = [];
  const device = new ReplayedDevice({
    ...{ id: "r-a", url: "https://test.example", counts, signal: new AbortController().signal },
    registry: { register: async () => ({ token: "t", isNew: true }), change: async () => {}, ...registry },
    onFailed: (error) => failures.push(error),
    onRefused: (reason) => refusals.push(reason),
    transportTo: ({ url, device: id, mqttVersion }) => {
      addresses.push(`${url} ${id} ${mqttVersion}`);
      return gateway;
    },
  });
  const act = async (...steps: readonly Step[]) => {
    for (const step of steps) device.do({ ...step, device: "a" } as Action);
    await device.settled();
  };
  return { device, gateway, counts, refusals, failures, addresses, act };
}

const register: Step = { do: "register", tags: [] };

describe("a replayed device", () => {
  it("repeats its actions in order, with one connection for each session", async () => {
    const { gateway, act, counts, addresses } = deviceOn();
    await act(register, { do: "profile", profile: { model: "P" } }, connect, report(1), report(2));
    await act({ do: "disconnect", cut: true });
    expect(gateway.connection.open).toBe(false);
    expect(await gateway.connection.ended).toMatchObject({ kind: "lost" });
    await act(connect, report(3), { do: "disconnect", cut: false });
    expect(await gateway.connection.ended).toMatchObject({ kind: "closed" });
    expect(gateway.connections).toHaveLength(2);
    const sent = gateway.messages.flatMap((one) => (one.kind === "telemetry" ? one.reports.map(({ seq }) => seq) : []));
    expect(sent).toEqual([1, 2, 3]);
    expect(gateway.messages.filter(({ kind }) => kind === "profile")).toHaveLength(2);
    expect(addresses[0]).toBe("wss://test.example/mqtt r-a 4");
    expect(counts.text).toBe("1 devices registered, 2 connections, 3 telemetry reports, 1 profiles");
  });

  it("stays connected until its reports are acknowledged", async () => {
    const { device, gateway, act } = deviceOn();
    gateway.acknowledgesAtOnce = false;
    const done = act(register, connect, report(1), { do: "disconnect", cut: true });
    while (gateway.connections.length === 0 || gateway.messages.length === 0) await settled();
    expect(gateway.connection.open).toBe(true);
    gateway.connection.acknowledgeAll();
    await done;
    expect(gateway.connection.open).toBe(false);
    await device.stop();
  });

  it("gives a command its recorded answer, and does not answer other commands", async () => {
    const { device, gateway, act } = deviceOn();
    const answer = { ok: true, result: 5 } as const;
    await act(register, connect, { do: "answer", name: "read", params: { n: 1 }, answer });
    const deadline = "2999-01-01T00:00:00Z";
    gateway.connection.deliver({ id: "c1", name: "read", params: { n: 2 }, deadline });
    gateway.connection.deliver({ id: "c2", name: "reboot", params: {}, deadline });
    gateway.connection.deliver({ id: "c3", name: "read", params: { n: 1 }, deadline });
    await settled();
    expect(gateway.messages).toEqual([{ kind: "command-result", result: { id: "c3", ...answer } }]);
    await device.stop();
  });

  it("is skipped if the target refuses it, and the other devices continue", async () => {
    const refuses = async () => Promise.reject(new DeviceRefused("device-exists", "it is there"));
    const unknown = deviceOn(new MemoryGateway(), { register: refuses });
    await unknown.act(register, connect, report(1));
    expect(unknown).toMatchObject({ refusals: ["it is there"], failures: [] });
    const gateway = new MemoryGateway();
    gateway.refusals.push({ kind: "credentials", reason: "wrong token" });
    const revoked = deviceOn(gateway);
    await revoked.act(register, connect, report(1));
    expect(revoked).toMatchObject({ refusals: ["wrong token"], failures: [] });
    expect(revoked.counts.text).toBe("1 devices registered, 1 refused (credentials)");
  });

  it("ends the replay on an error that concerns more than this device", async () => {
    const error = new Error("the server can't be used");
    const { act, failures } = deviceOn(new MemoryGateway(), { register: () => Promise.reject(error) });
    await act(register, connect);
    expect(failures).toEqual([error]);
  });

  it("can be stopped while the target is unreachable", async () => {
    const gateway = new MemoryGateway();
    for (let i = 0; i < 20; i++) gateway.refusals.push({ kind: "lost", reason: "away" });
    const { device, act } = deviceOn(gateway);
    const done = act(register, connect, report(1));
    while (gateway.attempts === 0) await settled();
    await device.stop();
    await done;
    expect(gateway.connections).toEqual([]);
  });
});
