import type { CommandPage } from "@fleetlog/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DIALECT_KINDS, type DialectDevice, KeptDevice } from "../support/dialects/index.ts";
import { eventually } from "../support/eventually.ts";
import { residentBytes } from "../support/resident.ts";
import { type RunningGateway, type Stack, startStack } from "../support/stack.ts";

const MIB = 1024 ** 2;
const LONG_MS = 60_000;

let stack: Stack;
let first: RunningGateway;
let second: RunningGateway;
beforeAll(async () => {
  const ports = Object.assign({}, ...DIALECT_KINDS.map(({ env }) => env)) as Record<string, string>;
  // No gateway may be declared lost while it is paused, or while the log is away.
  stack = await startStack({ gateways: 2, env: { ...ports, FLEETLOG_LEASE_TTL: "2m" }, freesMemory: true });
  [first, second] = stack.gateways as [RunningGateway, RunningGateway];
}, LONG_MS);
afterAll(() => stack[Symbol.asyncDispose]());

const isAt = (id: string, gateway: RunningGateway) =>
  eventually(async () => expect((await second.api.device(id)).session?.gateway).toBe(gateway.name), LONG_MS);

async function issue(device: DialectDevice, number: number, padding?: string): Promise<string> {
  const { id, command, paramsOf, commandOf } = device;
  const name = padding === undefined ? command : (commandOf?.(number) ?? command);
  const { status, body: issued } = await second.api.command(id, { name, params: paramsOf(number, padding) });
  expect(status).toBe(202);
  return issued.id;
}

const isIn = (command: string, state: string) =>
  eventually(
    async () => expect((await second.api.call("GET", `/api/commands/${command}`)).body).toMatchObject({ state }),
    LONG_MS,
  );

const countsOf = async (id: string, command: string) => {
  const counts: Record<string, number> = {};
  for (const { type, data } of await second.api.events(id))
    if ((data as { command?: string }).command === command) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
};

describe.each(DIALECT_KINDS)("a device of $dialect", (kind) => {
  const register = (what: string) => kind.register(second.api, `${kind.dialect}-${what}`);

  it("goes on at another gateway while its own is paused; when its own runs again, it closes the earlier connection", async () => {
    const device = await register("moves");
    const earlier = await device.connect(first);
    await isAt(device.id, first);
    let command: string;
    process.kill(first.process.pid, "SIGSTOP");
    try {
      const kept = new KeptDevice(device, second);
      await isAt(device.id, second);
      command = await issue(device, 1);
      await isIn(command, "completed");
      await kept.stop();
      expect(kept.received).toEqual([1]);
    } finally {
      process.kill(first.process.pid, "SIGCONT");
    }
    await earlier.closed;
    expect(earlier.received).toEqual([]);
    expect(await countsOf(device.id, command)).toMatchObject({ CommandDelivered: 1, CommandCompleted: 1 });
  }, 120_000);

  it("goes on at another gateway when its own is killed while it carries out a command", async () => {
    const device = await register("survives");
    const earlier = await device.connect(first);
    await isAt(device.id, first);
    const interrupted = await issue(device, 1);
    await eventually(() => expect(earlier.received).toEqual([1]));
    await first.process.kill();
    await earlier.closed;
    const kept = new KeptDevice(device, second);
    await isAt(device.id, second);
    const next = await issue(device, 2);
    await isIn(next, "completed");
    await first.restart();
    await kept.stop();
    expect(kept.received.filter((number) => number === 2)).toEqual([2]);
    expect(await countsOf(device.id, next)).toMatchObject({ CommandDelivered: 1, CommandCompleted: 1 });
    const { CommandCompleted: ends = 0 } = await countsOf(device.id, interrupted);
    expect(ends).toBeLessThanOrEqual(1);
  }, 120_000);

  it("answers a command while the log is away: the answer is stored once, and the next command comes once", async () => {
    const device = await register("patient");
    const connection = await device.connect(first);
    await isAt(device.id, first);
    const answered = await issue(device, 1);
    await eventually(() => expect(connection.received).toEqual([1]));
    await stack.nats.kill();
    try {
      await eventually(async () => expect((await first.api.call("GET", "/readyz")).status).toBe(503));
      await connection.answer();
    } finally {
      await stack.nats.start();
    }
    const kept = new KeptDevice(device, first, connection);
    await isIn(answered, "completed");
    const next = await eventually(() => issue(device, 2), LONG_MS);
    await isIn(next, "completed");
    await kept.stop();
    expect(kept.received).toEqual([1, 2]);
    for (const command of [answered, next])
      expect(await countsOf(device.id, command)).toMatchObject({ CommandDelivered: 1, CommandCompleted: 1 });
  }, 180_000);

  it("gets its commands in order once it reads again; until then its socket is full, and no other device waits", async () => {
    const device = await register("slow");
    const bystander = await register("bystander");
    // With QoS 1, one command is on its way until PUBACK, and no socket becomes full.
    const slow = await device.connect(first, 0);
    const kept = new KeptDevice(bystander, first);
    await isAt(device.id, first);
    await isAt(bystander.id, first);
    const before = residentBytes(first.process.pid);
    slow.pause();
    const { oneByOne = false } = kind;
    const numbers = Array.from({ length: oneByOne ? 8 : 26 }, (_, i) => i + 1);
    for (const number of numbers) await issue(device, number, "x".repeat(200_000));
    // Asks only for counts: an answer with a command has the command's 200 kB and, if the command is open, also those
    // of all later commands.
    const inState = async (state: string) =>
      (await second.api.call<CommandPage>("GET", `/api/commands?device=${device.id}&state=${state}&limit=1`)).body
        .total;
    const states = async () => ({ issued: await inState("issued"), delivered: await inState("delivered") });
    // Linux buffers some megabytes, less than 26 commands need. Then the gateway holds the remaining commands back.
    await eventually(async () => {
      expect(slow.unread()).toBeGreaterThan(oneByOne ? 0 : 200_000);
      if (!oneByOne) expect(await inState("delivered")).toBeGreaterThan(0);
    }, LONG_MS);
    await isIn(await issue(bystander, 99), "completed");
    const [full, held] = [slow.unread(), await states()];
    expect(held.issued).toBeGreaterThan(0);
    expect(held.issued + held.delivered).toBe(numbers.length);
    expect(slow.unread()).toBe(full);
    expect(await states()).toEqual(held);
    // Most of this memory is garbage of events of 200 kB, whose amount varies.
    expect(residentBytes(first.process.pid) - before).toBeLessThan(128 * MIB);
    expect(slow.received).toEqual([]);
    slow.resume();
    const late = new KeptDevice(device, first, slow);
    await eventually(async () => expect(await inState("completed")).toBe(numbers.length), LONG_MS);
    await late.stop();
    await kept.stop();
    expect(late.received).toEqual(numbers);
    expect(kept.received).toEqual([99]);
  }, 180_000);
});
