import { expect, it } from "vitest";
import { Declared } from "./declared.ts";

const speed = (maximum: number) => ({
  name: "set-speed",
  params: { type: "object", properties: { rpm: { maximum } } },
});

it("offers commands that all devices declare alike; for each other command, names the devices that lack it", () => {
  const declared = new Declared([
    { devices: ["a", "b"], commands: ["flush", speed(10), "reboot"] },
    { devices: ["c"], commands: ["reboot", speed(20)] },
  ]);
  expect(declared.common.map(({ name }) => name)).toEqual(["reboot"]);
  expect(declared.partly).toEqual([
    { name: "flush", without: ["c"] },
    { name: "set-speed", without: [] },
  ]);
  expect([declared.without("flush"), declared.without("other")]).toEqual([["c"], ["a", "b", "c"]]);
});

it("offers no command if one of the devices declares none", () => {
  const declared = new Declared([
    { devices: ["a"], commands: ["flush"] },
    { devices: ["b"], commands: [] },
  ]);
  expect([declared.common, declared.any]).toEqual([[], true]);
  expect(declared.partly).toEqual([{ name: "flush", without: ["b"] }]);
  expect(new Declared([{ devices: ["a"], commands: [] }]).any).toBe(false);
});
