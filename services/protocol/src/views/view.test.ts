import { describe, expect, it } from "vitest";
import { gateways } from "./gateways.ts";
import { topicsOf } from "./view.ts";

describe("topics of the live feed", () => {
  it("must not have the same name in two views", () => {
    const second = { queries: {}, topics: { system: { ...gateways.topics.system, everyMs: 1 } } };
    expect(() => topicsOf([gateways, second])).toThrow("two topics of the views are named system");
  });
});
