import { expect, it } from "vitest";
import { actionsOf } from "./actions.ts";

it("accepts commands declared by name, or as objects with title, description and params", () => {
  const params = { type: "object" };
  expect(actionsOf({ commands: ["reboot", { name: "set", title: "Set", description: "Sets it", params }] })).toEqual([
    { name: "reboot", title: "reboot", description: "", schema: undefined },
    { name: "set", title: "Set", description: "Sets it", schema: params },
  ]);
});

it("leaves out declarations of any other form", () => {
  for (const commands of [undefined, 7, "reboot", {}, [null, 7, {}, { name: "no spaces" }, { name: 1 }, ["x"]]])
    expect(actionsOf({ commands })).toEqual([]);
  expect(actionsOf(undefined)).toEqual([]);
});
