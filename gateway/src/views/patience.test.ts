import { FleetError } from "@fleetlog/domain";
import { memoryBackbone } from "@fleetlog/log";
import { QUERY_QUEUE, querySubject } from "@fleetlog/protocol";
import { describe, expect, it } from "vitest";
import { askViews } from "./ask.ts";
import { patiently } from "./patience.ts";

const LIMITS = { eachMs: 60_000, allMs: 60_000, waiting: 2 };
const unavailable = expect.objectContaining({ code: "view-unavailable" });

describe("asking views that are away", () => {
  it("waits for a projector to come back", async () => {
    const { bus } = memoryBackbone();
    let tries = 0;
    const answer = patiently(
      bus,
      () => {
        if (++tries === 2) bus.respond(querySubject("commands.get"), QUERY_QUEUE, () => ({ result: null, seq: 1 }));
        return askViews(bus, "commands.get", { id: "c1" });
      },
      LIMITS,
    );
    expect(await answer).toBeNull();
    expect(tries).toBeGreaterThan(1);
  });

  it("keeps few waiting, tells the others at once, and has room again afterwards", async () => {
    const { bus } = memoryBackbone();
    let back = false;
    const ask = async () => {
      if (back) return "here";
      throw new FleetError("view-unavailable", "no projector answers");
    };
    const waiting = [patiently(bus, ask, LIMITS), patiently(bus, ask, LIMITS)];
    await expect(patiently(bus, ask, LIMITS)).rejects.toEqual(unavailable);
    back = true;
    expect(await Promise.all(waiting)).toEqual(["here", "here"]);
    back = false;
    const again = patiently(bus, ask, LIMITS);
    back = true;
    expect(await again).toBe("here");
  });

  it("does not wait for ever, and not at all for views that stay away", async () => {
    const { bus } = memoryBackbone();
    let tries = 0;
    const ask = async () => {
      tries++;
      throw new FleetError("view-unavailable", "no projector answers");
    };
    const limits = { eachMs: 200, allMs: 100, waiting: 2 };
    await expect(patiently(bus, ask, limits)).rejects.toEqual(unavailable);
    expect(tries).toBeGreaterThan(1);
    tries = 0;
    await expect(patiently(bus, ask, { ...limits, allMs: 0 })).rejects.toEqual(unavailable);
    expect(tries).toBe(1);
  });

  it("passes on what else is wrong", async () => {
    const { bus } = memoryBackbone();
    const ask = async () => {
      throw new FleetError("view-behind", "late");
    };
    await expect(patiently(bus, ask, LIMITS)).rejects.toMatchObject({ code: "view-behind" });
  });
});
