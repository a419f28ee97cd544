import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { MarkCheck, MarkList, Problem, SystemResource } from "@fleetlog/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectMqttDevice } from "../support/devices/mqtt.ts";
import { eventually } from "../support/eventually.ts";
import { addPerson, logIn } from "../support/people.ts";
import { requestRaw } from "../support/raw-nats.ts";
import { type Stack, startStack } from "../support/stack.ts";

const VERIFY = resolve(import.meta.dirname, "../../infra/src/verify/main.ts");

let stack: Stack;
/** Another machine: its working directory is not the repository. */
let elsewhere: string;
const get = async <Body>(path: string) => (await stack.api.call<Body>("GET", path)).body;

beforeAll(async () => {
  elsewhere = await mkdtemp(join(tmpdir(), "fleetlog-elsewhere-"));
  stack = await startStack({ gateways: 2, historians: 2, sync: "2m" });
});
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
  await rm(elsewhere, { recursive: true });
});

const bundleOf = (body: object) => stack.api.call<string>("POST", "/api/history/incidents", body);

async function bundleText(body: object): Promise<string> {
  const { status, body: text } = await bundleOf(body);
  expect(status, text).toBe(200);
  return text;
}

async function verify(...args: string[]): Promise<{ code: number; text: string }> {
  const { INIT_CWD: _, ...env } = process.env;
  return new Promise((done) => {
    execFile(process.execPath, [VERIFY, ...args], { cwd: elsewhere, env }, (error, out, err) =>
      done({ code: Number(error?.code ?? 0), text: out + err }),
    );
  });
}

describe("an incident", () => {
  let text: string;

  it("is a file that another machine verifies", async () => {
    const token = await stack.api.register("pump-1", { tags: ["roof"] });
    await stack.api.register("pump-2");
    await stack.api.call("PUT", "/api/groups/roof", { filter: { tag: "roof" } });
    const [, dying] = stack.gateways;
    const at = { httpPort: dying?.httpPort ?? 0, mqttPort: dying?.mqttPort ?? 0 };
    const device = await connectMqttDevice(5)({ ...at, device: "pump-1", token });
    await device.event("opened", { data: { valve: 7 } });
    const from = new Date().toISOString();
    await stack.api.command("pump-1", { name: "close", reason: "leak", deadline: "1h" });
    await dying?.process.kill();
    await eventually(async () => expect((await stack.api.device("pump-1")).status).toBe("disconnected"));
    const to = new Date().toISOString();
    const bundle = await bundleOf({ from, to, devices: ["pump-2", "pump-1"] });
    expect(bundle.status, bundle.body).toBe(200);
    expect(bundle.headers.get("content-disposition")).toBe('attachment; filename="incident.fleetlog"');
    text = bundle.body;
    expect(await bundleText({ from, to, devices: ["pump-1", "pump-2"] })).toBe(text);
    expect(await bundleText({ from, to })).toBe(text);
    expect((await bundleText({ from, to, group: "roof" })).split("\n", 1)[0]).toContain('"devices":["pump-1"]');
    await writeFile(join(elsewhere, "incident.fleetlog"), text);
    const { key } = await get<MarkList>("/api/history/marks");
    const found = await verify("incident.fleetlog", "--timeline", "--key", key ?? "");
    expect(found.text).toMatch(/^verified: \d+ events of 2 devices: pump-1, pump-2/);
    expect(found.text).toMatch(/Z pump-1: command close \(\S+\) given by \S+ \(leak\), until /);
    expect(found.text).toMatch(/Z \S+: gateway lost: it did not renew its lease of 2 s; its sessions ended/);
    expect(found.code).toBe(0);
  });

  it("fails verification if any byte is changed, or with another key", async () => {
    const bytes = await readFile(join(elsewhere, "incident.fleetlog"));
    const places = [
      30,
      Math.floor(bytes.length / 3),
      Math.floor(bytes.length / 2),
      bytes.length - 40,
      bytes.length - 5,
    ];
    for (const place of places) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(bytes.readUInt8(place) ^ 1, place);
      await writeFile(join(elsewhere, "changed.fleetlog"), changed);
      const { code, text } = await verify("changed.fleetlog");
      expect(text, `byte ${place}`).toMatch(/^refused: /);
      expect(code).toBe(1);
    }
    expect(await verify("incident.fleetlog", "--key", "A".repeat(43))).toMatchObject({
      code: 1,
      text: expect.stringMatching(/^refused: another installation signed the bundle/),
    });
    expect(await verify("nothing.fleetlog")).toMatchObject({
      code: 2,
      text: expect.stringMatching(/^there is no file /),
    });
  });

  it("is refused for unknown devices, and for times that the log does not have", async () => {
    for (const [body, status, field] of [
      [{ from: 1, to: 5, devices: ["nobody"] }, 404, "devices"],
      [{ from: 5, to: 4, devices: ["pump-1"] }, 400, "to"],
      [{ from: "soon", to: 4, devices: ["pump-1"] }, 400, "from"],
      [{ from: 1, to: 999_999, devices: ["pump-1"] }, 400, "to"],
      [{ from: 1, to: 4, devices: [] }, 400, "devices"],
      [{ from: 1, to: 4, group: "none" }, 404, "group"],
      [{ from: 1, to: 4, group: "roof", devices: ["pump-1"] }, 400, "group"],
    ] as const) {
      const answer = await stack.api.call<Problem>("POST", "/api/history/incidents", body);
      expect(answer, JSON.stringify(body)).toMatchObject({ status, body: { field } });
    }
  });
});

/** Stores events of the device without waiting for each. */
async function storeEvents(count: number): Promise<void> {
  const socket = connect(stack.nats.port, "127.0.0.1").setEncoding("utf8");
  await once(socket, "connect");
  socket.write('CONNECT {"verbose":false,"protocol":1}\r\n');
  for (let i = 0; i < count; i++) {
    const event = {
      ...{ specversion: "1.0", id: `bulk-${i}`, source: "/devices/pump-1", type: "DeviceEventReported" },
      ...{ subject: "fleet.event.pump-1", time: new Date().toISOString(), data: { name: "opened" } },
    };
    const payload = JSON.stringify(event);
    socket.write(`PUB fleet.event.pump-1 ${Buffer.byteLength(payload)}\r\n${payload}\r\n`);
  }
  socket.write("PING\r\n");
  for await (const part of socket) if (/PONG/.test(part)) break;
  socket.destroy();
}

describe("an erased person", () => {
  const EMAIL = "ada.lovelace@example.org";
  const NAMES = { userName: "countess", givenName: "Augusta Ada", familyName: "Lovelace" };
  const PERSONAL = [EMAIL, ...Object.values(NAMES)];
  const namedIn = (text: string) => PERSONAL.filter((one) => text.includes(one));

  it("is unreadable in the whole history, and no event is lost", async () => {
    const admin = stack.api;
    const { seq: first } = await get<{ seq: number }>(`/api/history/summary?at=${new Date().toISOString()}`);
    const { id } = await addPerson(admin, EMAIL, "operator", NAMES);
    const ada = await logIn(admin.url, EMAIL);
    expect((await ada.command("pump-1", { name: "stop", deadline: "1h" })).status).toBe(202);
    const { seq: last } = await get<{ seq: number }>(`/api/history/summary?at=${new Date().toISOString()}`);
    const answers = async () => {
      const paths = ["people.list", "acts.list"].map((query) => `/api/history/views/${query}?at=${last}`);
      const texts = paths.map(async (path) => JSON.stringify(await get(path)));
      return [...(await Promise.all(texts)), await bundleText({ from: first, to: last, devices: ["pump-1"] })];
    };
    const [people, , bundle] = await answers();
    expect(namedIn(people ?? "")).toEqual(PERSONAL);
    expect(bundle).toContain(`given by ${id}`);
    expect((await admin.call("DELETE", `/api/people/${id}?erase=true`)).status).toBe(204);
    const erased = await answers();
    expect(namedIn(erased.join("\n"))).toEqual([]);
    expect(erased[0]).toContain('"email":"erased"');
    expect(erased[2]).toBe(bundle);
    await writeFile(join(elsewhere, "erased.fleetlog"), bundle ?? "");
    expect(await verify("erased.fleetlog")).toMatchObject({ code: 0 });

    const [one, two] = stack.historians;
    await two?.process.stop();
    await one?.process.stop();
    const folder = join(stack.dataDir, "historian-historian-1");
    const files = await readdir(folder, { recursive: true, withFileTypes: true });
    const written = files.filter((file) => file.isFile());
    expect(written.length).toBeGreaterThan(0);
    for (const { parentPath, name } of written) {
      expect(namedIn(await readFile(join(parentPath, name), "latin1")), name).toEqual([]);
    }
    await rm(folder, { recursive: true });
    await one?.restart();
    expect(await answers()).toEqual(erased);
    await two?.restart();
  });
});

describe("marks of the log", () => {
  it("are signed for each 10,000 events, and can be read with access to the history", async () => {
    await storeEvents(10_000);
    const marks = await eventually(async () => {
      const found = await get<MarkList>("/api/history/marks");
      expect(found.items).toHaveLength(1);
      return found;
    });
    expect(marks.items[0]).toMatchObject({ firstSeq: 1, lastSeq: 10_000, entries: 10_000, key: marks.key });
    // The other historian reads the mark at its next check.
    await eventually(async () => {
      const checked = await get<MarkCheck>("/api/history/marks/check");
      expect(checked).toEqual({ firstSeq: 1, lastSeq: 10_000, problems: [], next: null });
    });
  });

  it("prove the events of an incident", async () => {
    const body = { from: 1, to: 20, devices: ["pump-1"] };
    await writeFile(join(elsewhere, "marked.fleetlog"), await bundleText(body));
    const { text, code } = await verify("marked.fleetlog");
    expect(text).toMatch(/\n[1-9]\d* events proved by signed marks of the log; 0 newer than the last mark\n/);
    expect(code).toBe(0);
  });

  it("show an event that was deleted from the server's store", async () => {
    const request = { seq: 5_000, no_erase: true };
    expect(await requestRaw(stack.nats.port, "$JS.API.STREAM.MSG.DELETE.FLEET", request)).toMatchObject({
      success: true,
    });
    const problem = {
      ...{ firstSeq: 1, lastSeq: 10_000 },
      detail: "an event is missing; the first sequence without one is 5000",
    };
    expect((await get<MarkCheck>("/api/history/marks/check")).problems).toEqual([problem]);
    await stack.historians[0]?.process.stop();
    await stack.historians[0]?.restart();
    await eventually(async () => {
      const { historians = [] } = await get<SystemResource>("/api/system");
      expect(historians.find(({ id }) => id === "historian-1")?.marks).toMatchObject({ problems: 1, first: problem });
    });
    expect((await stack.api.call<string>("GET", "/metrics")).body).toContain(
      'fleetlog_log_mark_problems{historian="historian-1"} 1',
    );
  });
});
