import { QUERY_QUEUE, type QueryRequest, querySubject } from "@fleetlog/protocol";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { withViews } from "../../../testing/test-node.ts";
import { type TestServer, testServer } from "../../../testing/test-server.ts";

let server: TestServer;
beforeEach(async () => {
  server = await testServer();
});

async function call(method: "GET" | "POST" | "DELETE", url: string, payload?: object) {
  const headers = { authorization: `Bearer ${server.token}` };
  const response = await server.app.inject({ method, url, headers, ...(payload && { payload }) });
  return { status: response.statusCode, body: response.json() };
}

async function issue(): Promise<{ readonly id: string; readonly seq: number }> {
  expect((await call("POST", "/api/devices", { id: "d1" })).status).toBe(201);
  const issued = await call("POST", "/api/devices/d1/commands", { name: "reboot" });
  expect(issued.status).toBe(202);
  return issued.body;
}

function answerWhenDemanded(command: { readonly seq: number }): void {
  const answer = (result: unknown) => (data: unknown) => {
    const { atLeast = 0 } = data as QueryRequest<"commands.get">;
    return { result: atLeast >= command.seq ? result : null, seq: atLeast };
  };
  const { bus } = server.node.backbone;
  bus.respond(querySubject("commands.get"), QUERY_QUEUE, answer(command));
  bus.respond(querySubject("commands.list"), QUERY_QUEUE, answer({ items: [command], next: null, total: 1 }));
}

describe("a command", () => {
  it("can be read by its caller although this node has not read its event", async () => {
    await server.node.fleet.commandTail.stop();
    const command = await issue();
    answerWhenDemanded(command);
    expect(await call("GET", `/api/commands/${command.id}`)).toMatchObject({ status: 200, body: { id: command.id } });
    expect((await call("GET", "/api/commands?device=d1")).body.items).toMatchObject([{ id: command.id }]);
  });

  it("can be read on another node that has not read its event", async () => {
    const command = await issue();
    const other = await testServer({}, { server: server.node.backbone.server });
    await other.node.fleet.commandTail.stop();
    server = other;
    answerWhenDemanded(command);
    expect(other.node.fleet.commandTail.seq).toBeLessThan(command.seq);
    expect(await call("GET", `/api/commands/${command.id}`)).toMatchObject({ status: 200, body: { id: command.id } });
  });

  it.each([
    ["DELETE", (id: string) => call("DELETE", `/api/commands/${id}?reason=not%20needed`)],
    ["POST …/cancel", (id: string) => call("POST", `/api/commands/${id}/cancel`, { reason: "not needed" })],
  ] as const)("is cancelled by %s", async (_, cancel) => {
    await withViews(server.node.backbone);
    const { id } = await issue();
    const error = { code: "cancelled", message: "it was cancelled before the device answered" };
    const cancelled = { id, state: "cancelled", endedBy: "admin", error };
    expect(await cancel(id)).toMatchObject({ status: 200, body: cancelled });
    expect(await cancel(id)).toMatchObject({ status: 200, body: cancelled });
    expect((await call("GET", `/api/commands/${id}`)).body).toMatchObject({
      ...cancelled,
      events: [{ type: "CommandIssued" }, { type: "CommandCancelled", data: { reason: "not needed" } }],
    });
  });
});

it("the API shows each event of a command once, although the log has it twice", async () => {
  await withViews(server.node.backbone);
  const { id, seq } = await issue();
  const { backbone } = server.node;
  for await (const event of backbone.log.read({ stream: "FLEET", category: "command", entity: "d1" })) {
    backbone.repeat(event);
  }
  const { body } = await call("GET", `/api/commands/${id}`);
  expect(body.events).toMatchObject([{ type: "CommandIssued", seq }]);
});

it("an open command's events are read from the log without those of its device's other commands", async () => {
  await withViews(server.node.backbone);
  const { id } = await issue();
  const other = (await call("POST", "/api/devices/d1/commands", { name: "reboot" })).body.id;
  const read = vi.spyOn(server.node.fleet.log, "read");
  const { body } = await call("GET", `/api/commands/${id}`);
  expect(body.events).toMatchObject([{ type: "CommandIssued", data: { command: id } }]);
  const { ids } = read.mock.lastCall?.[0] ?? {};
  expect([id, other].map((command) => ids?.(`${command}/issued`))).toEqual([true, false]);
});

describe("GET /api/commands/{id}?wait", () => {
  beforeEach(() => withViews(server.node.backbone));

  it("answers when the command has ended, with its events", async () => {
    const { id } = await issue();
    const waiting = call("GET", `/api/commands/${id}?wait=60s`);
    await call("DELETE", `/api/commands/${id}`);
    const { status, body } = await waiting;
    expect(status).toBe(200);
    expect(body).toMatchObject({ id, state: "cancelled" });
    expect(body).not.toHaveProperty("session");
    expect(body.events.map(({ type }: { type: string }) => type)).toEqual(["CommandIssued", "CommandCancelled"]);
    expect(await call("GET", `/api/commands/${id}?wait=60s`)).toMatchObject({ body: { state: "cancelled" } });
  });

  it("answers with the command's state after 10 ms, and refuses to wait for 6 minutes", async () => {
    const { id } = await issue();
    expect(await call("GET", `/api/commands/${id}?wait=10ms`)).toMatchObject({
      status: 200,
      body: { state: "issued" },
    });
    expect(await call("GET", `/api/commands/${id}?wait=6m`)).toMatchObject({ status: 400, body: { field: "wait" } });
    expect(await call("GET", "/api/commands/none?wait=60s")).toMatchObject({ status: 404 });
  });
});
