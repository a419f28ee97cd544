import { setImmediate as nextTurn } from "node:timers/promises";
import { personCaller, registerDevice, setConfiguration } from "@fleetlog/fleet";
import { MemoryServer } from "@fleetlog/log";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { RecordingConnection } from "../../testing/recording-connection.ts";
import { historyOf, type TestNode, testNode, withViews } from "../../testing/test-node.ts";

const operator = personCaller({ kind: "person", id: "ann", name: "Ann", role: "operator" }, "c1");
let server: MemoryServer;
let nodes: readonly [TestNode, TestNode];
let token: string;
beforeEach(async () => {
  server = new MemoryServer();
  nodes = [await testNode("g1", server), await testNode("g2", server)];
  await withViews(nodes[0].backbone);
  ({ token } = await registerDevice(nodes[0].fleet, operator, { id: "d1" }));
});

async function connect(node: TestNode, connection = new RecordingConnection()) {
  const proof = await node.sessions.authenticate({ device: "d1", login: "d1", credential: { by: "token", token } });
  const session = await node.sessions.open({ device: "d1", proof, connection });
  return { connection, session };
}

const set = (interval: number, node = nodes[0]) => setConfiguration(node.fleet, operator, "d1", { interval });
const revisions = ({ configured }: RecordingConnection) => configured.map(({ revision }) => revision);

describe("the desired configuration of a session", () => {
  it("is delivered when the device subscribes, after each change, and when it subscribes again", async () => {
    await set(5);
    const { connection, session } = await connect(nodes[0]);
    expect(connection.configured).toEqual([]);
    session.configurationSubscribed();
    await vi.waitFor(() => expect(connection.configured).toEqual([{ revision: 1, values: { interval: 5 } }]));
    await set(6);
    await vi.waitFor(() => expect(revisions(connection)).toEqual([1, 2]));
    session.configurationSubscribed();
    await vi.waitFor(() => expect(revisions(connection)).toEqual([1, 2, 2]));
  });

  it("is not sent to a device that has not subscribed, and not before a configuration was set", async () => {
    const { connection, session } = await connect(nodes[0]);
    session.configurationSubscribed();
    const other = await connect(nodes[1]);
    await set(5);
    await vi.waitFor(async () => expect(await historyOf(nodes[0].backbone, "d1")).toHaveLength(4));
    await nextTurn();
    expect([connection.configured, other.connection.configured]).toEqual([[], []]);
  });

  it("is delivered only in its newest revision when three are set during a delivery", async () => {
    await set(1);
    const written = Promise.withResolvers<void>();
    const { connection, session } = await connect(nodes[0]);
    connection.written = written.promise;
    session.configurationSubscribed();
    await vi.waitFor(() => expect(revisions(connection)).toEqual([1]));
    for (const interval of [2, 3, 4]) await set(interval);
    written.resolve();
    await vi.waitFor(() => expect(revisions(connection)).toEqual([1, 4]));
  });

  it("is reported by the device; a report of an unknown revision is refused", async () => {
    await set(5);
    const { session } = await connect(nodes[0]);
    session.configurationSubscribed();
    await session.report({ kind: "configuration", report: { revision: 1, state: "applied" } });
    const refused = session.report({ kind: "configuration", report: { revision: 9, state: "applied" } });
    await expect(refused).rejects.toMatchObject({ code: "invalid-request", field: "revision" });
    expect((await historyOf(nodes[0].backbone, "d1")).at(-1)).toMatchObject({
      type: "ConfigurationReported",
      source: "/devices/d1",
      data: { device: "d1", revision: 1, state: "applied" },
    });
  });

  it("is delivered when the log is back and a configuration is set", async () => {
    const { connection, session } = await connect(nodes[0]);
    session.configurationSubscribed();
    nodes[0].backbone.away();
    await expect(set(6)).rejects.toMatchObject({ code: "log-unavailable" });
    nodes[0].backbone.back();
    await set(7);
    await vi.waitFor(() => expect(revisions(connection)).toEqual([1]));
  });

  it.each([1, 2, 3, 4, 5])("comes last to the newest session after random steps (seed %i)", async (seed) => {
    let state = seed;
    const random = (below: number) => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((state / 2_147_483_648) * below);
    };
    const connections: RecordingConnection[] = [];
    let current = await connect(nodes[0]);
    connections.push(current.connection);
    let sets = 0;
    const setting: Promise<unknown>[] = [];
    for (let step = 0; step < 40; step++) {
      const node = nodes[random(2)] as TestNode;
      switch (random(6)) {
        case 0:
          current = await connect(node);
          connections.push(current.connection);
          break;
        case 1:
          current.connection.listening = random(2) === 0;
          current.session.offerCommands();
          break;
        case 2:
          current.session.configurationSubscribed();
          break;
        case 3:
          await nextTurn();
          break;
        default:
          // The change is not awaited, so that the next step overlaps with it.
          setting.push(set(++sets, node));
      }
    }
    await Promise.allSettled(setting);
    await setConfiguration(nodes[0].fleet, operator, "d1", { end: true });
    current.connection.listening = true;
    current.session.configurationSubscribed();
    await vi.waitFor(() => expect(current.connection.configured.at(-1)?.values).toEqual({ end: true }));
    for (const connection of connections) {
      const seen = revisions(connection);
      expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    }
    const events = await historyOf(nodes[0].backbone, "d1");
    const desired = events.findLast(({ type }) => type === "ConfigurationSet")?.data;
    expect(desired).toMatchObject({ revision: revisions(current.connection).at(-1) });
  });
});
