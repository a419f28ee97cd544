import { expect, it } from "vitest";
import { metadataOf, personCaller } from "./caller.ts";
import { person } from "./testing/callers.ts";

it("gives events the caller's sealed address, and neither their network nor their rights", () => {
  const caller = { ...personCaller(person("ada"), "c-1", "v1.sealed"), network: "192.0.2.7", eventId: "e-1" };
  expect(metadataOf(caller)).toEqual({
    id: "e-1",
    source: "/operators/ada",
    correlationid: "c-1",
    address: "v1.sealed",
  });
});
