import { describe, expect, it } from "vitest";
import { type Holder, Places } from "./places.ts";

const device = (id: number, account = "main"): Holder => ({ maker: `devices/${id}`, account });

/** How many places each holder gets when the holders take places in turn. */
function shared(places: Places, holders: readonly Holder[]): number[] {
  const got = holders.map(() => 0);
  for (let refused = false; !refused; ) {
    refused = true;
    for (const [i, holder] of holders.entries()) {
      try {
        places.take(holder);
        got[i] = (got[i] ?? 0) + 1;
        refused = false;
      } catch {}
    }
  }
  return got;
}

describe("places for transfers", () => {
  it.each([
    [1, [1], [1]],
    [2, [1], [1]],
    [8, [4], [4]],
    [256, [128], [128]],
    [256, [1, 2], [86, 85]],
    [256, [1, 2, 3], [64, 64, 64]],
  ])("of a total of %i are divided among the devices %j: %j", (total, makers, expected) => {
    expect(
      shared(
        new Places("uploads", total),
        makers.map((id) => device(id, `account-${id}`)),
      ),
    ).toEqual(expected);
  });

  it("are given to the devices of one account up to seven eighths; each device of another account still gets one", () => {
    const places = new Places("downloads", 256);
    const ofOne = shared(
      places,
      Array.from({ length: 500 }, (_, id) => device(id)),
    );
    expect(ofOne.reduce((sum, one) => sum + one)).toBe(224);
    expect(() => places.take(device(1_000))).toThrow(
      expect.objectContaining({
        code: "rate-limited",
        retryAfterMs: 10_000,
        message: expect.stringMatching(/account has 224/),
      }),
    );
    for (let id = 600; id < 616; id++) places.take(device(id, "north"));
  });

  it.each([
    [1, 1],
    [2, 1],
    [4, 3],
    [8, 7],
  ])("of a total of %i are given to the devices of one account up to %i", (total, expected) => {
    const holders = Array.from({ length: total }, (_, id) => device(id));
    const got = shared(new Places("downloads", total), holders);
    expect(got.reduce((sum, one) => sum + one)).toBe(expected);
  });

  it("become free again once, when the download that had them has ended", () => {
    const places = new Places("downloads", 2);
    const end = places.take(device(1));
    expect(() => places.take(device(1))).toThrow(
      expect.objectContaining({
        code: "rate-limited",
        message: "you have 1 downloads from this gateway at the moment",
      }),
    );
    const other = places.take(device(2, "north"));
    expect(() => places.take(device(3, "south"))).toThrow(
      expect.objectContaining({ code: "unavailable", retryAfterMs: 10_000 }),
    );
    end();
    end();
    places.take(device(1));
    expect(() => places.take(device(3, "south"))).toThrow(expect.objectContaining({ code: "unavailable" }));
    other();
    places.take(device(3, "south"));
  });
});
