import type { RecordedEvent } from "@fleetlog/domain";
import type { Succession } from "@fleetlog/identity";
import { expect, it, vi } from "vitest";
import { type TestNode, testNode } from "../testing/test-node.ts";
import { successionsPart } from "./successions-part.ts";

const certificate = (name: string) => ({
  subject: `CN=${name}`,
  fingerprint: name.padEnd(64, "0"),
  notAfter: "2036-01-01T00:00:00.000Z",
});
const follows = (before: string, next: string, more: Partial<Succession> = {}): Succession => ({
  ...{ before: certificate(before), next: certificate(next), renewed: false, withdrawn: false },
  ...more,
});

function partOf({ core, fleet }: TestNode, successions: () => Promise<readonly Succession[]>) {
  return successionsPart({ logger: core.logger, fleet: { ...fleet, authority: { ...fleet.authority, successions } } });
}

async function recorded({ backbone }: TestNode): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of backbone.log.read({ stream: "FLEET" })) events.push(event);
  return events;
}

it("records what followed what, once, although two gateways see it at the same moment", async () => {
  const one = await testNode();
  const all = [follows("a", "b", { renewed: true }), follows("b", "c", { withdrawn: true })];
  const parts = [one, one].map((node) => partOf(node, () => Promise.resolve(all)));
  for (const part of parts) void part.start?.({} as never);
  for (const part of parts) await part.stop?.();
  const events = await recorded(one);
  expect(events.map(({ type, source }) => [type, source])).toEqual([
    ["InstallationAuthorityRenewed", "/gateways/g1"],
    ["InstallationAuthorityReplaced", "/gateways/g1"],
    ["InstallationAuthorityWithdrawn", "/gateways/g1"],
  ]);
  expect(events[2]?.data).toEqual({ ...certificate("b"), by: "system" });
});

it("tries again after an error, and reads the log only after a change", async () => {
  vi.useFakeTimers();
  try {
    const node = await testNode();
    const reads = vi.spyOn(node.fleet.log, "read");
    const found = [follows("a", "b")];
    const answers = [Promise.reject(new Error("no store")), Promise.resolve([]), Promise.resolve(found)];
    const part = partOf(node, () => answers.shift() ?? Promise.resolve(found));
    void part.start?.({} as never);
    for (let i = 0; i < 4; i++) await vi.advanceTimersByTimeAsync(10_000);
    await part.stop?.();
    expect(reads).toHaveBeenCalledTimes(1);
    expect((await recorded(node)).map(({ type }) => type)).toEqual(["InstallationAuthorityReplaced"]);
  } finally {
    vi.useRealTimers();
  }
});
