import { FleetError } from "@fleetlog/domain";
import { expect, it } from "vitest";
import { type Resumable, resumed } from "./resumed.ts";

const signal = new AbortController().signal;

async function* ending(parts: readonly string[], error?: Error): AsyncGenerator<string, void, undefined> {
  yield* parts;
  if (error) throw error;
}

const away = () => new FleetError("history-unavailable", "gone");

async function contents(answer: Partial<Resumable<string>>): Promise<readonly string[]> {
  const given: string[] = [];
  const rest = async () => ending([]);
  for await (const one of resumed({ first: ending([]), read: (part) => part, rest, signal, pauses: [1, 1], ...answer }))
    given.push(one);
  return given;
}

it("a resumed read continues, and has all its tries again after each part", async () => {
  const rests = [["b"], [], ["c"], [], ["d"]].map((parts, at) => ending(parts, at < 4 ? away() : undefined));
  const rest = async () => rests.shift();
  expect(await contents({ first: ending(["a"], away()), rest })).toEqual(["a", "b", "c", "d"]);
});

it("a resumed read gives up after its last pause", async () => {
  let asked = 0;
  const rest = async () => {
    asked += 1;
    return ending([], away());
  };
  await expect(contents({ first: ending(["a"], away()), rest })).rejects.toMatchObject({ code: "history-unavailable" });
  expect(asked).toBe(2);
});

it("a resumed read ends if nothing is missing", async () => {
  const rest = async () => undefined;
  expect(await contents({ first: ending(["a"], away()), rest })).toEqual(["a"]);
});

it("a resumed read rejects with other errors, and with any error after a part that can't be continued", async () => {
  const refused = new FleetError("conflict", "changed");
  const rest = () => Promise.reject(refused);
  await expect(contents({ first: ending([], away()), rest })).rejects.toBe(refused);
  await expect(contents({ first: ending(["a"], away()), canContinue: () => false })).rejects.toThrow("gone");
});

it("a resumed read stops at once when it is aborted in a pause", async () => {
  const abort = new AbortController();
  const answer = contents({ first: ending([], away()), signal: abort.signal, pauses: [60_000] });
  setTimeout(() => abort.abort(), 1);
  await expect(answer).rejects.toThrow();
});

it("a resumed read skips parts without content", async () => {
  const read = (part: string) => (part === "" ? undefined : part);
  expect(await contents({ first: ending(["", "a", ""]), read })).toEqual(["a"]);
});
