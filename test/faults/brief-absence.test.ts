import { afterAll, beforeAll, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type Stack, startStack } from "../support/stack.ts";

interface Readiness {
  readonly ready: boolean;
  readonly reasons: readonly string[];
  readonly log: string;
  readonly views: string;
}

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
}, 60_000);
afterAll(() => stack[Symbol.asyncDispose]());

/** The gateway's patience with views that are away. */
const PATIENCE_MS = 2_500;

it("who asks while the projector is started again gets an answer, not an error", async () => {
  const { api, projectors } = stack;
  expect((await api.call("POST", "/api/devices", { id: "d1" })).status).toBe(201);
  const [projector] = projectors;
  const statusesOverRestart = async () => {
    await eventually(async () => expect((await api.call("GET", "/api/devices/d1")).status).toBe(200));
    await projector?.process.kill();
    const killed = performance.now();
    const asked = [
      api.call("GET", "/api/devices/d1"),
      api.call("GET", "/api/devices"),
      api.call("GET", "/api/commands?state=open"),
    ];
    await projector?.restart();
    const tookMs = performance.now() - killed;
    return { tookMs, statuses: (await Promise.all(asked)).map(({ status }) => status) };
  };
  let restart = await statusesOverRestart();
  // A busy machine may start a process more slowly than anybody waits: that says nothing of those who ask.
  while (restart.tookMs > PATIENCE_MS - 500) restart = await statusesOverRestart();
  expect(restart.statuses).toEqual([200, 200, 200]);
}, 120_000);

it("a log that hangs makes a node unready, and a log that goes on makes it ready again", async () => {
  const { api, nats } = stack;
  const readiness = async () => (await api.call<Readiness>("GET", "/readyz")).body;
  await eventually(async () => expect(await readiness()).toMatchObject({ ready: true, log: "ready", views: "ready" }));
  process.kill(nats.pid, "SIGSTOP");
  try {
    await eventually(async () =>
      expect(await readiness()).toMatchObject({ ready: false, log: "hung", reasons: ["the log does not answer"] }),
    );
  } finally {
    process.kill(nats.pid, "SIGCONT");
  }
  await eventually(async () => expect(await readiness()).toMatchObject({ ready: true, reasons: [], log: "ready" }));
}, 60_000);
