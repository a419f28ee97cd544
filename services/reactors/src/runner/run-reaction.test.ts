import { FleetError, type RecordedEvent } from "@fleetlog/domain";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Reaction } from "../reaction.ts";
import { eventOf } from "../testing/events.ts";
import { type Fleet, startFleet } from "../testing/fleet.ts";
import { runnable } from "./run-reaction.ts";

interface Tick {
  readonly type: "Tick";
}
type Echo = Reaction<{ spent: boolean }, Tick, string>;

let fleet: Fleet;
let done: string[];
beforeEach(async () => {
  fleet = await startFleet();
  done = [];
});
afterEach(() => fleet.stop());

const echo = (changes: Partial<Echo> = {}): Echo => ({
  name: "echo",
  categories: ["event"],
  load: async () => ({ state: { spent: false }, throughSeq: 0 }),
  react: (_state, input: RecordedEvent | Tick) =>
    input.type === "DeviceEventReported" ? [input.data.name] : input.type === "Tick" ? ["tick"] : [],
  observe: async () => ({ type: "Tick" }),
  tickEveryMs: () => 1_000,
  orderingKey: (command) => command,
  perform: async (command) => void done.push(command),
  ...changes,
});
const run = (changes?: Partial<Echo>) => fleet.react("r1", [runnable(echo(changes))]);
const report = (name: string) => fleet.outside.log.append(eventOf("DeviceEventReported", { name }, { entity: "d1" }));

describe("a running reaction", () => {
  it("gets 20 events in order, and ticks on time between them", async () => {
    run();
    for (let i = 0; i < 20; i++) {
      await report(`e${i}`);
      await fleet.clock.advance(100);
    }
    expect(done.filter((name) => name !== "tick")).toEqual(Array.from({ length: 20 }, (_, i) => `e${i}`));
    expect(done.filter((name) => name === "tick")).toHaveLength(2);
  });

  it("gets an event once, even if the log has it twice", async () => {
    run();
    const event = eventOf("DeviceEventReported", { name: "twice" }, { entity: "d1" });
    await fleet.outside.log.append(event);
    await fleet.clock.advance(10 * 60_000);
    expect((await fleet.outside.log.append(event)).duplicate).toBe(false);
    await report("last");
    await fleet.clock.advance(100);
    expect(done.filter((name) => name !== "tick")).toEqual(["twice", "last"]);
  });

  it("retries a command after an error, and gives it up if it is refused or keeps failing", async () => {
    const failures = new Map([
      ["passing", [new FleetError("view-behind", "not yet"), new FleetError("conflict", "another writer was first")]],
      ["lasting", [new FleetError("command-unknown", "no such command")]],
      ["shaky", [new FleetError("internal", "oops"), new TypeError("oops")]],
      ["broken", Array.from({ length: 4 }, () => new TypeError("oops"))],
    ]);
    run({
      async perform(command) {
        const failure = failures.get(command)?.shift();
        if (failure !== undefined) throw failure;
        done.push(command);
      },
    });
    for (const name of ["lasting", "passing", "shaky", "broken", "last"]) await report(name);
    await fleet.clock.advance(5_000);
    expect(done.filter((name) => name !== "tick")).toEqual(["passing", "shaky", "last"]);
    expect(fleet.problems.filter((problem) => problem.includes("gave up"))).toHaveLength(2);
  });

  it("starts again after a pause when it fails", async () => {
    let loads = 0;
    run({
      async load() {
        loads += 1;
        if (loads < 4) throw new FleetError("unavailable", "no projector");
        return { state: { spent: false }, throughSeq: 0 };
      },
    });
    await report("e1");
    await fleet.clock.settle();
    expect(loads).toBe(1);
    await fleet.clock.advance(200 + 400 + 800);
    expect(loads).toBe(4);
    expect(done).toContain("e1");
  });

  it("starts again when its state must be loaded again", async () => {
    let loads = 0;
    run({
      async load() {
        loads += 1;
        return { state: { spent: false }, throughSeq: 0 };
      },
      react(state, input) {
        if (input.type === "Tick") state.spent = loads < 3;
        return [];
      },
      mustReload: ({ spent }) => spent,
    });
    await fleet.clock.advance(10_000);
    expect(loads).toBe(3);
    expect(fleet.problems).toEqual([]);
  });
});
