import { beforeEach, expect, it } from "vitest";
import { ClockWatch } from "./clock-watch.ts";

let own: number;
let server: number;
let way: readonly [there: number, back: number];
let fails: boolean;
let logged: string[];
let watch: ClockWatch;
beforeEach(() => {
  own = 1_000_000;
  server = 1_000_000;
  way = [1, 1];
  fails = false;
  logged = [];
  const pass = (ms: number) => {
    own += ms;
    server += ms;
  };
  watch = new ClockWatch({
    backbone: {
      async serverTime() {
        if (fails) throw new Error("away");
        pass(way[0]);
        const at = server;
        pass(way[1]);
        return at;
      },
    },
    now: () => own,
    warnMs: 2_000,
    limitMs: 30_000,
    logger: {
      info: (_, text) => void logged.push(`info ${text}`),
      warn: (_, text) => void logged.push(`warn ${text}`),
      error() {},
    },
  });
});
const states = async () => {
  await watch.compare();
  return watch.reading.state;
};

it("the clock watch logs nothing while the clocks differ by less than two seconds", async () => {
  expect(await states()).toBe("right");
  own += 1_900;
  expect(await states()).toBe("right");
  expect(watch.problem).toBeUndefined();
  expect(logged).toEqual([]);
});

it("the clock watch warns once at 2 s or more, reports `not ready` at 30 s or more, and logs when the clock is right again", async () => {
  own += 2_002;
  expect(await states()).toBe("off");
  expect(await states()).toBe("off");
  expect(watch.problem).toBeUndefined();
  expect(logged).toEqual([expect.stringMatching(/^warn this machine's clock is 2\.0 s ahead of that of NATS' server/)]);
  own -= 3_602_002;
  expect(await states()).toBe("wrong");
  expect(watch.problem).toMatch(/^this machine's clock is 3600\.0 s behind that of NATS' server\. .*NTP/);
  expect(logged).toHaveLength(2);
  own += 3_600_000;
  expect(await states()).toBe("right");
  expect(watch.problem).toBeUndefined();
  expect(logged[2]).toMatch(/^info .* agrees/);
});

it("the clock watch does not take a slow answer for a difference, and keeps the last result", async () => {
  way = [40_000, 1];
  expect(await states()).toBe("right");
  way = [1, 40_000];
  expect(await states()).toBe("right");
  way = [1, 1];
  own += 3_600_000;
  expect(await states()).toBe("wrong");
  way = [4_000_000, 4_000_000];
  expect(await states()).toBe("wrong");
  fails = true;
  expect(await states()).toBe("wrong");
  expect(logged).toHaveLength(1);
});

it("the clock watch corrects the time to the server's, within the round trip", async () => {
  own += 3_600_000;
  expect(watch.correctedNow()).toBe(own);
  await watch.compare();
  expect(Math.abs(watch.correctedNow() - server)).toBeLessThanOrEqual(2);
});
