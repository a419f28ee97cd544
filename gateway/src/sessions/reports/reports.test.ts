import { registerDevice } from "@fleetlog/fleet";
import { testCaller } from "@fleetlog/fleet/testing";
import type { EventLog } from "@fleetlog/log";
import { heapGrowth } from "@fleetlog/runtime/testing";
import { describe, expect, it, vi } from "vitest";
import { RecordingConnection } from "../../testing/recording-connection.ts";
import { historyOf, type TestNode, testNode } from "../../testing/test-node.ts";
import type { DeviceSession } from "../index.ts";
import type { DeviceReports } from "./device-report.ts";

async function open(): Promise<{ readonly node: TestNode; readonly session: DeviceSession }> {
  const node = await testNode();
  const { token } = await registerDevice(node.fleet, testCaller("admin", "c-1"), { id: "d1" });
  const proof = await node.sessions.authenticate({ device: "d1", login: "d1", credential: { by: "token", token } });
  return { node, session: await node.sessions.open({ device: "d1", proof, connection: new RecordingConnection() }) };
}

const event = (name: string, order: { readonly boot?: string; readonly seq?: number } = {}) =>
  ({ kind: "event", report: { name, data: null, ...order } }) as const;
const telemetry = (n: number) => ({ kind: "telemetry", items: [{ data: { n } }] }) as const;

/** Collects outcomes as they come: the log sequence, or an error's code. */
function reporter(session: DeviceSession) {
  const outcomes: (readonly [string, number | string])[] = [];
  let during = false;
  const note = (what: string, outcome: number | string) => {
    outcomes.push([what, during ? "too early" : outcome]);
  };
  const report = (what: string, reports: DeviceReports) => {
    during = true;
    session.reportTo(reports, {
      stored: (seq) => note(what, seq),
      refused: (error) => note(what, (error as { code?: string }).code ?? String(error)),
    });
    during = false;
  };
  return { outcomes, report };
}

const namesOf = async (node: TestNode) =>
  (await historyOf(node.backbone, "d1")).flatMap(({ type, data }) =>
    type === "DeviceEventReported" ? [(data as { readonly name: string }).name] : [],
  );
const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

describe("reports to a receiver", () => {
  it("have one outcome each, in their order and never during the call", async () => {
    const { node, session } = await open();
    const { outcomes, report } = reporter(session);
    // The first report of a boot is checked for repeats. The reports behind it wait for the check.
    report("a", event("a", { boot: "b", seq: 1 }));
    report("b", event("b"));
    report("c", event("c", { boot: "b", seq: 2 }));
    report("again", event("a", { boot: "b", seq: 1 }));
    report("d", event("d", { boot: "b", seq: 3 }));
    await vi.waitFor(() => expect(outcomes).toHaveLength(5));
    await settled();
    expect(outcomes.map(([what]) => what)).toEqual(["a", "b", "c", "again", "d"]);
    const seqs = outcomes.map(([, seq]) => seq);
    expect(seqs.every((seq) => typeof seq === "number")).toBe(true);
    expect(seqs[3]).toBeGreaterThanOrEqual(Number(seqs[0]));
    expect(await namesOf(node)).toEqual(["a", "b", "c", "d"]);
  });

  it("have no outcome while the log is away, and are stored when it is back", async () => {
    const { node, session } = await open();
    const { outcomes, report } = reporter(session);
    node.backbone.away();
    report("a", event("a"));
    report("t", telemetry(1));
    await settled();
    expect(outcomes).toEqual([]);
    node.backbone.back();
    await vi.waitFor(() => expect(outcomes).toHaveLength(2));
    expect(outcomes.every(([, seq]) => typeof seq === "number")).toBe(true);
    expect(await namesOf(node)).toEqual(["a"]);
  });

  it("are refused when they are invalid, nested too deep, too large, or the log's queue is full", async () => {
    const { node, session } = await open();
    const { outcomes, report } = reporter(session);
    report("one of two", event("a", { seq: 1 }));
    const deep = JSON.parse(`${"[".repeat(300)}${"]".repeat(300)}`) as unknown;
    report("deep", { kind: "event", report: { name: "a", data: deep } });
    report("large", { kind: "telemetry", items: [{ data: { text: "x".repeat(2_000_000) } }] });
    const full = vi.spyOn(node.backbone.log as EventLog, "appendText").mockImplementation(() => {
      throw Object.assign(new Error("full"), { code: "log-unavailable" });
    });
    report("full", telemetry(1));
    full.mockRestore();
    await settled();
    expect(outcomes).toEqual([
      ["one of two", "invalid-request"],
      ["deep", "invalid-request"],
      ["large", "payload-too-large"],
      ["full", "log-unavailable"],
    ]);
    expect(await namesOf(node)).toEqual([]);
  });

  it("are refused if the credential is revoked while they wait for space or for the check for repeats", async () => {
    const { node, session } = await open();
    const { outcomes, report } = reporter(session);
    node.reserve.update(96, 100);
    report("held", event("held"));
    report("checked", { kind: "telemetry", items: [{ data: {}, boot: "b", seq: 1 }] });
    report("behind", telemetry(1));
    session.end("retired");
    node.reserve.update(10, 100);
    report("late", telemetry(2));
    await vi.waitFor(() => expect(outcomes).toHaveLength(4));
    await settled();
    const codes = Object.fromEntries(outcomes);
    expect(codes).toMatchObject({ held: "device-retired", behind: "device-retired", late: "device-retired" });
    expect(codes).toMatchObject({ checked: expect.stringMatching(/^(device-retired|log-unavailable)$/) });
    expect(outcomes).toHaveLength(4);
    expect(await namesOf(node)).toEqual([]);
    expect(await node.backbone.log.state("TELEMETRY")).toMatchObject({ events: 0 });
  });

  it("keep no more than their text while the log is away", async () => {
    const { node, session } = await open();
    const { outcomes, report } = reporter(session);
    node.backbone.away();
    const data = `{"list":[${Array.from({ length: 50_000 }, () => "[]").join()}]}`;
    const growth = await heapGrowth(async () => {
      for (let i = 0; i < 20; i++) {
        report("to a receiver", { kind: "telemetry", items: [{ data: JSON.parse(data) }] });
        void session.report({ kind: "telemetry", items: [{ data: JSON.parse(data) }] });
      }
      await settled();
    });
    expect(growth).toBeLessThan(2 * 40 * data.length);
    node.backbone.back();
    await vi.waitFor(() => expect(outcomes).toHaveLength(20));
  });
});
