import { cancelCommand, endCommand, issueCommand, partCaller, registerDevice } from "@fleetlog/fleet";
import { testCaller } from "@fleetlog/fleet/testing";
import type { CommandProgressReport } from "@fleetlog/protocol";
import { describe, expect, it, vi } from "vitest";
import { RecordingConnection } from "../../testing/recording-connection.ts";
import { historyOf, type TestNode, testNode, withViews } from "../../testing/test-node.ts";
import type { DeviceSession } from "../index.ts";

const caller = testCaller("admin", "c-1");

async function connect(node: TestNode, device: string, token: string, connection = new RecordingConnection()) {
  const proof = await node.sessions.authenticate({ device, login: device, credential: { by: "token", token } });
  return { session: await node.sessions.open({ device, proof, connection }), connection };
}

async function connectedDevice(connection = new RecordingConnection()) {
  const node = await testNode();
  await withViews(node.backbone);
  const { token } = await registerDevice(node.fleet, caller, { id: "d1" });
  return { node, token, ...(await connect(node, "d1", token, connection)) };
}

const issue = (node: TestNode, device = "d1", deadline = new Date(Date.now() + 3_600_000).toISOString()) =>
  issueCommand(node.fleet, caller, { device, name: "update", deadline });

const stateOf = async ({ fleet, backbone }: TestNode, id: string) => {
  const { lastSeq } = await backbone.log.state("FLEET");
  return fleet.views.query("commands.get", { id }, { atLeast: lastSeq });
};

async function delivered(node: TestNode, connection: RecordingConnection) {
  const { id } = await issue(node);
  await vi.waitFor(async () => expect((await stateOf(node, id))?.state).toBe("delivered"));
  expect(connection.delivered.at(-1)).toMatchObject({ id });
  return id;
}

const progress = (session: DeviceSession, report: CommandProgressReport) =>
  session.report({ kind: "command-progress", progress: report });

const typesOf = async (node: TestNode) => (await historyOf(node.backbone, "d1")).map(({ type }) => type).slice(2);

describe("progress of a command", () => {
  it("is in the log when it is acknowledged, caused by the delivery, and recorded before the answer", async () => {
    const { node, session, connection } = await connectedDevice();
    const id = await delivered(node, connection);
    const seq = await progress(session, { id, percent: 40, step: "download" });
    const event = (await historyOf(node.backbone, "d1")).at(-1);
    expect(event).toMatchObject({
      seq,
      type: "CommandProgressed",
      correlationid: "c-1",
      causationid: `${id}/delivered/${session.sessionId}`,
      data: { command: id, device: "d1", percent: 40, step: "download", ...session.reference },
    });
    const last = progress(session, { id, percent: 99 });
    await session.report({ kind: "command-result", result: { id, ok: true } });
    await last;
    expect(await typesOf(node)).toEqual([
      "CommandIssued",
      "CommandDelivered",
      "CommandProgressed",
      "CommandProgressed",
      "CommandCompleted",
    ]);
    expect(await stateOf(node, id)).toMatchObject({ state: "completed", progress: { percent: 99, step: "download" } });
  });

  it("is acknowledged with the earlier event's sequence when it repeats the earlier progress", async () => {
    const { node, session, connection } = await connectedDevice();
    const id = await delivered(node, connection);
    const seq = await progress(session, { id, percent: 40 });
    expect(await progress(session, { id, percent: 40 })).toBe(seq);
    expect(await typesOf(node)).toEqual(["CommandIssued", "CommandDelivered", "CommandProgressed"]);
  });

  it("is recorded after the delivery, although the device has not acknowledged the delivery", async () => {
    const connection = new RecordingConnection();
    connection.written = new Promise(() => {});
    const { node, session } = await connectedDevice(connection);
    const { id } = await issue(node);
    await vi.waitFor(() => expect(connection.delivered).toHaveLength(1));
    await progress(session, { id, percent: 1 });
    expect(await typesOf(node)).toEqual(["CommandIssued", "CommandDelivered", "CommandProgressed"]);
  });

  it("is refused for a command that is unknown, ended or another device's; a repeated refusal needs no query", async () => {
    const { node, session, connection } = await connectedDevice();
    await registerDevice(node.fleet, caller, { id: "d2" });
    const theirs = await issue(node, "d2");
    const id = await delivered(node, connection);
    const unknown = { code: "command-unknown", field: "id" };
    await expect(progress(session, { id: theirs.id, percent: 1 })).rejects.toMatchObject(unknown);
    await expect(progress(session, { id: "nothing", percent: 1 })).rejects.toMatchObject(unknown);
    await expect(progress(session, { id: "not an id", percent: 1 })).rejects.toMatchObject(unknown);
    await session.report({ kind: "command-result", result: { id, ok: true } });
    const ended = { code: "command-ended", message: `command ${id} has ended: completed` };
    await expect(progress(session, { id, percent: 1 })).rejects.toMatchObject(ended);
    const query = vi.spyOn(node.fleet.views, "query");
    await expect(progress(session, { id, percent: 2 })).rejects.toMatchObject(ended);
    expect(query).not.toHaveBeenCalled();
  });

  it("is recorded for the seventh open command, although memory has room for only four", async () => {
    const { node, session } = await connectedDevice();
    for (let n = 0; n < 6; n++) await issue(node);
    const { id } = await issue(node);
    await progress(session, { id, percent: 7 });
    expect(await stateOf(node, id)).toMatchObject({ progress: { percent: 7 } });
  });
});

describe("a command that ends without its device", () => {
  it("is cancelled on the device that has received it, when another node cancels it", async () => {
    const { node, session, connection } = await connectedDevice();
    const other = await testNode("g2", node.backbone.server);
    const id = await delivered(node, connection);
    await cancelCommand(other.fleet, caller, id, "not needed");
    await vi.waitFor(() => expect(connection.cancelled).toEqual([{ id, reason: "cancelled" }]));
    await vi.waitFor(() => expect(connection.forgotten).toEqual([id]));
    await session.report({ kind: "command-result", result: { id, ok: true } });
    expect((await typesOf(node)).at(-1)).toBe("CommandCancelled");
    expect(connection.cancelled).toHaveLength(1);
  });

  it("is cancelled on the device when the event is in the log but the live message was lost", async () => {
    const { node, connection } = await connectedDevice();
    const other = await testNode("g2", node.backbone.server);
    const id = await delivered(node, connection);
    vi.spyOn(other.backbone.bus, "publish").mockImplementation(() => {});
    await cancelCommand(other.fleet, caller, id);
    await vi.waitFor(() => expect(connection.cancelled).toEqual([{ id, reason: "cancelled" }]));
  });

  it("is cancelled with the reason `expired` when its deadline has passed", async () => {
    const { node, connection } = await connectedDevice();
    const id = await delivered(node, connection);
    const now = new Date(Date.now() + 7_200_000).toISOString();
    await endCommand(node.fleet, partCaller("reactors"), { type: "ExpireCommand", command: id, device: "d1", now });
    await vi.waitFor(() => expect(connection.cancelled).toEqual([{ id, reason: "expired" }]));
  });

  it("is not cancelled on a device that has not received it", async () => {
    const { node, session, connection } = await connectedDevice(new RecordingConnection({ listening: false }));
    const first = await issue(node);
    await cancelCommand(node.fleet, caller, first.id);
    connection.listening = true;
    session.offerCommands();
    const id = await delivered(node, connection);
    await cancelCommand(node.fleet, caller, id);
    await vi.waitFor(() => expect(connection.cancelled).toEqual([{ id, reason: "cancelled" }]));
    expect(connection.delivered).toHaveLength(1);
  });

  it("is cancelled on a device that has received the command but not acknowledged the delivery", async () => {
    const connection = new RecordingConnection();
    connection.written = new Promise(() => {});
    const { node } = await connectedDevice(connection);
    const { id } = await issue(node);
    await vi.waitFor(() => expect(connection.delivered).toHaveLength(1));
    await cancelCommand(node.fleet, caller, id);
    await vi.waitFor(() => expect(connection.cancelled).toEqual([{ id, reason: "cancelled" }]));
  });

  it("is cancelled in the next session of the device that has received it", async () => {
    const { node, token, session, connection } = await connectedDevice();
    const id = await delivered(node, connection);
    session.connectionEnded("lost");
    const next = await connect(node, "d1", token, new RecordingConnection({ listening: false }));
    await vi.waitFor(() => expect(node.sessions.get("d1")).toBe(next.session));
    await cancelCommand(node.fleet, caller, id);
    await vi.waitFor(() => expect(next.connection.cancelled).toEqual([{ id, reason: "cancelled" }]));
  });

  it("is cancelled later when the connection could not send the cancellation at once", async () => {
    const { node, session, connection } = await connectedDevice();
    const id = await delivered(node, connection);
    connection.open = false;
    await cancelCommand(node.fleet, caller, id);
    await vi.waitFor(() => expect(connection.forgotten).toEqual([id]));
    connection.open = true;
    await vi.waitFor(() => {
      session.offerCommands();
      expect(connection.cancelled).toEqual([{ id, reason: "cancelled" }]);
    });
  });
});
