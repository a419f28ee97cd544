import { describe, expect, it } from "vitest";
import { type Held, heldBy, type Offer, offerList, updatesOf as updatesIn } from "./updates-of.ts";

const updatesOf = (held: Held, offers: readonly Offer[], about: Parameters<typeof updatesIn>[2]) =>
  updatesIn(held, offerList(offers), about);

const about = { catalogue: "vendor", askedAt: "2026-01-02T03:04:05.000Z" };
const firmware = (version: string, needs?: Offer["needs"]): Offer => ({
  ...{ package: "firmware", category: "firmware", version },
  ...(needs !== undefined && { needs }),
});
const software = (version: string, needs?: Offer["needs"], build?: string): Offer => ({
  ...{ package: "thingspro", category: "software", version },
  ...(needs !== undefined && { needs }),
  ...(build !== undefined && { build }),
});

describe("the versions that a device has", () => {
  it("are those in its profile, limited in number and length", () => {
    expect(
      heldBy({ firmware: "1.4", thingsproVersion: "2.1.0-1600", software: { viewer: "3", other: 7, not: {} } }),
    ).toEqual({
      ...{ firmware: "1.4", thingspro: "2.1.0-1600", viewer: "3", other: "7" },
    });
    expect(heldBy(undefined)).toEqual({});
    expect(heldBy({ firmware: "x".repeat(129), software: ["1"] })).toEqual({});
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`p${i}`, "1"]));
    expect(Object.keys(heldBy({ software: many }))).toHaveLength(64);
  });
});

describe("the updates of a device", () => {
  it("have firmware first, and the newest version that can be installed", () => {
    const found = updatesOf(
      { firmware: "1.4", thingspro: "2.1" },
      [software("2.2"), software("2.10"), firmware("1.5")],
      about,
    );
    expect(found).toEqual([
      {
        ...about,
        package: "firmware",
        category: "firmware",
        state: "available",
        current: "1.4",
        available: "1.5",
        newest: "1.5",
      },
      {
        ...about,
        package: "thingspro",
        category: "software",
        state: "available",
        current: "2.1",
        available: "2.10",
        newest: "2.10",
      },
    ]);
  });

  it("are blocked if something else is needed first, which is named with its version", () => {
    const offers = [software("2.2", { firmware: "1.5" }), firmware("1.5.1"), firmware("1.5")];
    expect(updatesOf({ firmware: "1.4", thingspro: "2.1" }, offers, about)[1]).toMatchObject({
      ...{
        state: "blocked",
        newest: "2.2",
        needs: [{ package: "firmware", version: "1.5", has: "1.4", offered: "1.5.1" }],
      },
    });
    expect(updatesOf({ thingspro: "2.1" }, offers.slice(0, 1), about)[0]).toMatchObject({
      ...{ state: "blocked", needs: [{ package: "firmware", version: "1.5" }] },
    });
    expect(updatesOf({ firmware: "1.5", thingspro: "2.1" }, offers, about)[1]).toMatchObject({ state: "available" });
  });

  it("name an older version that can be installed now, beside the newest that can't", () => {
    const offers = [software("3.0", { firmware: "2" }), software("2.2")];
    expect(updatesOf({ firmware: "1.4", thingspro: "2.1" }, offers, about)[0]).toMatchObject({
      ...{ state: "available", available: "2.2", newest: "3.0", needs: [{ package: "firmware", version: "2" }] },
    });
  });

  it("compare the build only for a device that names its build", () => {
    const offers = [software("2.1.0", undefined, "1700")];
    expect(updatesOf({ thingspro: "2.1.0" }, offers, about)[0]?.state).toBe("up-to-date");
    expect(updatesOf({ thingspro: "2.1.0-1600" }, offers, about)[0]).toMatchObject({
      ...{ state: "available", available: "2.1.0-1700" },
    });
    expect(updatesOf({ thingspro: "2.1.0-1700" }, offers, about)[0]?.state).toBe("up-to-date");
  });

  it("are unclear, not up to date, if versions can't be compared", () => {
    const states = [
      updatesOf({}, [firmware("1.5")], about),
      updatesOf({ firmware: "latest" }, [firmware("1.5")], about),
      updatesOf({ firmware: "1.4" }, [firmware("latest")], about),
      updatesOf({}, [{ ...firmware("1"), package: "__proto__" }], about),
    ];
    expect(states.map(([one]) => one?.state)).toEqual(["unclear", "unclear", "unclear", "unclear"]);
    expect(states.map(([one]) => one?.reason)).not.toContain(undefined);
  });

  it("are up to date if the catalogue has only the same or older versions", () => {
    expect(updatesOf({ firmware: "1.5" }, [firmware("1.5.0"), firmware("1.4")], about)[0]?.state).toBe("up-to-date");
    expect(updatesOf({ firmware: "1.6" }, [firmware("1.5")], about)[0]?.state).toBe("up-to-date");
  });
});
