import { FleetError, type RecordedEvent } from "@fleetlog/domain";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Reaction } from "../reaction.ts";
import { eventOf } from "../testing/events.ts";
import { type Fleet, startFleet } from "../testing/fleet.ts";
import { playable } from "./play.ts";

interface Tick {
  readonly type: "Tick";
}
type Echo = Reaction<{ spent: boolean }, Tick, string>;

let fleet: Fleet;
let done: string[];
beforeEach(() => {
  fleet = startFleet();
  done = [];
});
afterEach(() => fleet.stop());

/** Does what events of devices are called, and `tick` at ticks. */
const echo = (changes: Partial<Echo> = {}): Echo => ({
  name: "echo",
  categories: ["event"],
  begin: async () => ({ state: { spent: false }, throughSeq: 0 }),
  react: (_state, input: RecordedEvent | Tick) =>
    input.type === "DeviceEventReported" ? [input.data.name] : input.type === "Tick" ? ["tick"] : [],
  observe: async () => ({ type: "Tick" }),
  everyMs: () => 1_000,
  lane: (command) => command,
  perform: async (command) => void done.push(command),
  ...changes,
});
const play = (changes?: Partial<Echo>) => fleet.react("r1", [playable(echo(changes))]);
const report = (name: string) => fleet.outside.log.append(eventOf("DeviceEventReported", { name }, { entity: "d1" }));

describe("a reaction being played", () => {
  it("gets events in order and ticks in time, however many events come between", async () => {
    play();
    for (let i = 0; i < 20; i++) {
      await report(`e${i}`);
      await fleet.clock.advance(100);
    }
    expect(done.filter((name) => name !== "tick")).toEqual(Array.from({ length: 20 }, (_, i) => `e${i}`));
    expect(done.filter((name) => name === "tick")).toHaveLength(2);
  });

  it("tries again what failed for a reason that passes, and gives up what did not", async () => {
    const failures = new Map([
      ["passing", [new FleetError("view-behind", "not yet"), new FleetError("conflict", "not you")]],
      ["lasting", [new FleetError("command-unknown", "never heard of it")]],
      ["shaky", [new FleetError("internal", "oops"), new TypeError("oops")]],
      ["broken", Array.from({ length: 4 }, () => new TypeError("oops"))],
    ]);
    play({
      async perform(command) {
        const failure = failures.get(command)?.shift();
        if (failure !== undefined) throw failure;
        done.push(command);
      },
    });
    for (const name of ["lasting", "passing", "shaky", "broken", "last"]) await report(name);
    await fleet.clock.advance(5_000);
    expect(done.filter((name) => name !== "tick")).toEqual(["passing", "shaky", "last"]);
    expect(fleet.problems.filter((problem) => problem.includes("given up"))).toHaveLength(2);
  });

  it("begins anew, after a while, when it can't go on", async () => {
    let begun = 0;
    play({
      async begin() {
        begun += 1;
        if (begun < 4) throw new FleetError("unavailable", "nobody answers");
        return { state: { spent: false }, throughSeq: 0 };
      },
    });
    await report("e1");
    await fleet.clock.settle();
    expect(begun).toBe(1);
    await fleet.clock.advance(200 + 400 + 800);
    expect(begun).toBe(4);
    expect(done).toContain("e1");
  });

  it("begins anew when its state is spent", async () => {
    let begun = 0;
    play({
      async begin() {
        begun += 1;
        return { state: { spent: false }, throughSeq: 0 };
      },
      react(state, input) {
        if (input.type === "Tick") state.spent = begun < 3;
        return [];
      },
      isSpent: ({ spent }) => spent,
    });
    await fleet.clock.advance(10_000);
    expect(begun).toBe(3);
    expect(fleet.problems).toEqual([]);
  });
});
