import { EVENT_CATEGORIES } from "@fleetlog/protocol";
import { expect, it } from "vitest";
import { choicesFormat, FLEET_CATEGORIES, STREAMS, withCategory } from "./choices.ts";

it("offers all categories of events", () => {
  const offered = [...FLEET_CATEGORIES, ...STREAMS.map(({ category }) => category)].filter((one) => one !== "");
  expect(offered.toSorted()).toEqual([...EVENT_CATEGORIES].toSorted());
});

it("keeps the form in the URL, without defaults", () => {
  const search = "from=2026-01-31T00%3A00%3A00Z&category=command&device=pump-1&format=csv";
  expect(choicesFormat.write(choicesFormat.read(new URLSearchParams(search))).toString()).toBe(search);
  expect(choicesFormat.write(choicesFormat.read(new URLSearchParams("format=jsonl"))).toString()).toBe("");
  expect(choicesFormat.read(new URLSearchParams("format=xml")).format).toBe("jsonl");
});

it("adds and removes categories of the stream FLEET", () => {
  expect(withCategory("", "command", true)).toBe("command");
  expect(withCategory("command", "device", true)).toBe("device,command");
  expect(withCategory("device,command", "device", false)).toBe("command");
  expect(withCategory("telemetry", "device", true)).toBe("device");
  expect(withCategory("command", "command", false)).toBe("");
});
