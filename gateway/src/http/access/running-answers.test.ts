import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import type { Action, Person } from "@fleetlog/domain";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Authenticated } from "./authenticate.ts";
import { RunningAnswers } from "./running-answers.ts";

const ADA: Person = { kind: "person", id: "ada", name: "Ada", role: "analyst" };
let now = 0;
let answers: RunningAnswers;
beforeEach(() => {
  now = 1_000;
  answers = new RunningAnswers(() => now);
});
afterEach(() => {
  vi.useRealTimers();
});

class Response extends EventEmitter {
  destroyed = false;

  destroy(): void {
    this.destroyed = true;
    this.emit("close");
  }
}

/** @param access what the next check of the access finds: the person as of then, or `ended` */
function running(person: Person, { by = "cookie", action = "history.read", access = person as Person | "ended" } = {}) {
  const response = new Response();
  const stillAllowed = async () => (access === "ended" ? undefined : access);
  const found = { person, by, stillAllowed } as Authenticated;
  answers.watch(action as Action, found, response as unknown as ServerResponse);
  return response;
}

it("the gateway cuts the long answers of a person whose access ended or changed, and of this person's keys", async () => {
  const key = { ...ADA, id: "key-1", apiKey: { owner: "ada" } };
  const ended = [running(ADA, { access: "ended" }), running(key, { access: "ended" })];
  const changed = running(ADA, { access: { ...ADA, scope: { tags: ["roof"] } } });
  const kept = [running(ADA), running({ ...ADA, id: "bob" }, { access: "ended" })];
  const short = running(ADA, { action: "device.read", access: "ended" });
  answers.revalidate("ada");
  await vi.waitFor(() => expect([...ended, changed].map(({ destroyed }) => destroyed)).toEqual([true, true, true]));
  expect([...kept, short].map(({ destroyed }) => destroyed)).toEqual([false, false, false]);
});

it("the gateway looks at all answers if it is not known whose access has ended", async () => {
  const ended = [running(ADA, { access: "ended" }), running(ADA, { by: "token", access: "ended" })];
  const kept = running(ADA, { by: "token" });
  answers.revalidate();
  await vi.waitFor(() => expect(ended.map(({ destroyed }) => destroyed)).toEqual([true, true]));
  expect(kept.destroyed).toBe(false);
});

it("the gateway cuts an answer when its key ends, and forgets answers that are closed", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const key = { ...ADA, id: "key-1", apiKey: { owner: "ada", until: 6_000 } };
  const [open, closed] = [running(key), running(key)];
  closed.emit("close");
  now = 6_000;
  vi.advanceTimersByTime(5_000);
  expect([open.destroyed, closed.destroyed]).toEqual([true, false]);
  expect(vi.getTimerCount()).toBe(0);
});
