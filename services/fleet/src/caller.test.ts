import { expect, it } from "vitest";
import { metadataOf, personCaller } from "./caller.ts";
import { person } from "./testing/callers.ts";

it("events get the caller's sealed address, but neither the network nor the rights of the caller", () => {
  const caller = { ...personCaller(person("ada"), "c-1", "v1.sealed"), network: "192.0.2.7", eventId: "e-1" };
  expect(metadataOf(caller)).toEqual({
    id: "e-1",
    source: "/operators/ada",
    correlationid: "c-1",
    address: "v1.sealed",
  });
});
