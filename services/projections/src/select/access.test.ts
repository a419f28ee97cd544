import { describe, expect, it } from "vitest";
import type { Filter } from "../filter.ts";
import type { Projection } from "../projection.ts";
import { commands } from "../views/commands/commands.ts";
import { registry } from "../views/devices/registry.ts";
import { status } from "../views/devices/status.ts";
import { accessFor, branchesFor } from "./access.ts";

const NEWEST = ["ordinal"];
const device: Filter = { column: "device", eq: "d" };
const by: Filter = { column: "by", eq: "ada" };
const state = (...names: string[]): Filter => ({ column: "state", in: names });
const alive: Filter = { column: "retired", eq: 0 };

const ways = (projection: Projection, filters: readonly Filter[], order: readonly string[]) =>
  branchesFor(projection, filters, order).map(({ hint }) => hint.trim().replace("INDEXED BY ", ""));

describe("the index for reading rows in order", () => {
  it.each<[string, Projection, readonly Filter[], readonly string[], readonly string[]]>([
    ["of all commands", commands, [], NEWEST, ["NOT INDEXED"]],
    ["of a device's commands", commands, [device], NEWEST, ["commands_by_device"]],
    [
      "of a device's commands in some states",
      commands,
      [device, state("failed", "issued")],
      NEWEST,
      ["commands_by_device"],
    ],
    ["of a device's commands by one operator", commands, [device, by], NEWEST, ["commands_by_device"]],
    [
      "of a device's open commands",
      commands,
      [device, state("issued", "delivered")],
      NEWEST,
      ["commands_by_device_ordinal_part"],
    ],
    ["of all open commands", commands, [state("issued", "delivered")], NEWEST, ["commands_by_ordinal_part"]],
    ["of the commands in one open state", commands, [state("issued")], NEWEST, ["commands_by_ordinal_part"]],
    ["of the commands in a rare state", commands, [state("failed")], NEWEST, ["commands_by_state_part"]],
    ["of the commands in the most common state", commands, [state("completed")], NEWEST, ["NOT INDEXED"]],
    [
      "of the commands in states with different indexes",
      commands,
      [state("issued", "delivered", "completed", "failed", "expired")],
      NEWEST,
      ["commands_by_ordinal_part", "NOT INDEXED", "commands_by_state_part", "commands_by_state_part"],
    ],
    [
      "of an operator's commands in two states",
      commands,
      [by, state("failed", "issued")],
      NEWEST,
      ["commands_by_by_state", "commands_by_by_state"],
    ],
    ["of devices by id", status, [alive], ["key"], ["status_by_key_status_seen"]],
    ["of connected devices by id", status, [{ column: "status", eq: "connected" }], ["key"], ["status_by_status_key"]],
    [
      "of connected devices seen lately, by id",
      status,
      [
        { column: "status", eq: "connected" },
        { column: "seen", gte: "2026" },
      ],
      ["key"],
      ["status_by_key_status_seen"],
    ],
    ["of devices by since", status, [alive], ["since", "key"], ["status_by_since_key_status"]],
    [
      "of the devices that a search finds, by id",
      registry,
      [alive, { column: "search", contains: "x" }],
      ["key"],
      ["registry_by_key_retired_search_tags_account"],
    ],
    [
      "of the devices that a search finds, by name",
      registry,
      [alive, { column: "search", contains: "x" }],
      ["byName", "key"],
      ["registry_by_retired_byName_key"],
    ],
    [
      "of the devices of a model, by id",
      registry,
      [alive, { column: "model", eq: "XT" }],
      ["key"],
      ["registry_by_retired_byModel_key_model"],
    ],
  ])("%s", (_, projection, filters, order, expected) => {
    expect(ways(projection, filters, order)).toEqual(expected);
  });
});

describe("the index for counting rows", () => {
  const counted = (projection: Projection, filters: readonly Filter[]) => accessFor(projection, filters).hint.trim();
  it.each<[string, Projection, readonly Filter[], string]>([
    ["a device's commands", commands, [device, by], "INDEXED BY commands_by_device"],
    ["an operator's commands in a state", commands, [by, state("failed")], "INDEXED BY commands_by_by_state"],
    [
      "the commands that failed lately",
      commands,
      [state("failed", "expired"), { column: "endedAt", gte: "2026" }],
      "INDEXED BY commands_by_endedAt_part",
    ],
    [
      "the devices that disconnected lately",
      status,
      [
        { column: "status", eq: "disconnected" },
        { column: "seen", gte: "a", lte: "b" },
      ],
      "INDEXED BY status_by_seen_key_status",
    ],
    [
      "the devices that a search finds",
      registry,
      [alive, { column: "search", contains: "x" }],
      "INDEXED BY registry_by_key_retired_search_tags_account",
    ],
    ["devices by a column without an index", registry, [{ column: "registeredBy", eq: "ada" }], ""],
  ])("of %s", (_, projection, filters, expected) => {
    expect(counted(projection, filters)).toBe(expected);
  });
});
