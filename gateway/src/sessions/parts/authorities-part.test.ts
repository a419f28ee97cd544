import { authoritiesChanged, registerDevice } from "@fleetlog/fleet";
import { testCaller } from "@fleetlog/fleet/testing";
import type { TrustedIssuer } from "@fleetlog/identity";
import { MemoryServer } from "@fleetlog/log";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { RecordingConnection } from "../../testing/recording-connection.ts";
import { type TestNode, testNode } from "../../testing/test-node.ts";
import { authoritiesPart } from "./authorities-part.ts";

const CA = "0123456789abcdef0123456789abcdef";
const SERIAL = "0a";
let nodes: TestNode[];
let record: Parameters<TestNode["fleet"]["authorities"]["add"]>[1];
let connections: RecordingConnection[];

/**
 * Two nodes that never refresh the authorities by a timer. Each has a session that a customer's certificate has opened.
 */
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setInterval"] });
  const server = new MemoryServer();
  nodes = [await testNode("g1", server), await testNode("g2", server)];
  const [{ fleet }] = nodes as [TestNode];
  const [{ certificate }] = (await fleet.authority.trusted()) as [TrustedIssuer];
  record = { name: "Plant", account: "main", certificate, addedAt: "2026-11-28T11:00:00.000Z", addedBy: "ada" };
  await fleet.authorities.add(CA, record);
  connections = [];
  for (const [index, { core, sessions }] of nodes.entries()) {
    await authoritiesPart(core, [sessions]).start?.({} as never);
    const device = `d${index}`;
    await registerDevice(fleet, testCaller("ada", "c"), { id: device });
    const certificateShown = { serial: SERIAL, issuer: "CN=Plant", own: false, authority: CA } as const;
    const credential = { by: "certificate", certificate: certificateShown } as const;
    const proof = await sessions.authenticate({ device, login: device, credential });
    const connection = new RecordingConnection();
    await sessions.open({ device, proof, connection });
    connections.push(connection);
  }
});
afterEach(() => vi.useRealTimers());

const found = async () => {
  const authority = await (nodes[0] as TestNode).fleet.authorities.find(CA);
  if (authority === undefined) throw new Error("there is no authority");
  return authority;
};
const thisUpdate = "2026-11-28T12:00:00.000Z";
const acts: Readonly<Record<string, (fleet: TestNode["fleet"]) => Promise<unknown>>> = {
  "is removed": ({ authorities }) => authorities.end(CA),
  "is removed and given to another account": async ({ authorities }) => {
    await authorities.end(CA);
    await authorities.add(CA, { ...record, account: "north" });
  },
  "revokes the certificate": async ({ authorities }) =>
    authorities.setList(await found(), { serials: ["a"], thisUpdate }),
};

it.each(Object.entries(acts))(
  "a message about a change ends sessions on both nodes if the authority %s",
  async (_name, act) => {
    const { fleet } = nodes[0] as TestNode;
    await act(fleet);
    expect(connections.map(({ ended }) => ended)).toEqual([undefined, undefined]);
    authoritiesChanged(fleet);
    await vi.waitFor(() =>
      expect(connections.map(({ ended }) => ended?.reason)).toEqual(["certificate-ended", "certificate-ended"]),
    );
  },
);

it("a message about a change of an authority does not end sessions whose certificates are still valid", async () => {
  const { fleet } = nodes[0] as TestNode;
  await fleet.authorities.setList(await found(), { serials: ["b"], thisUpdate });
  const looks = nodes.map(({ fleet: { authorities } }) => vi.spyOn(authorities, "allows"));
  authoritiesChanged(fleet);
  await vi.waitFor(() => {
    for (const look of looks) expect(look).toHaveBeenCalled();
  });
  await Promise.all(looks.flatMap(({ mock }) => mock.results.map(({ value }) => value)));
  expect(connections.map(({ ended }) => ended)).toEqual([undefined, undefined]);
});
