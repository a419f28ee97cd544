// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { UNDECLARED } from "../../../components/commands/command-form.ts";
import { toasts } from "../../../state/toasts.ts";
import { all, choose, eventsOf, mount, one, settled, textOf, type, unmountAll } from "../../../testing/dom.ts";
import { type Answers, stubGateway } from "../../../testing/gateway.ts";
import { BulkBar } from "./bulk-bar.ts";

afterEach(unmountAll);

// The menu needs element internals, which happy-dom lacks.
vi.mock("@awesome.me/webawesome/dist/components/dropdown/dropdown.js", () => ({}));
vi.mock("@awesome.me/webawesome/dist/components/dropdown-item/dropdown-item.js", () => ({}));

let bodies: unknown[] = [];
let calls: string[] = [];
const profile = { commands: [{ name: "flush", title: "Flush" }] };
const problem = { title: "Retired", detail: "the device is retired", code: "device-retired", status: 409 };
let declared: unknown[] = [];
const answers: Answers = (method, { pathname }, body) => {
  if (pathname === "/api/commands/declared") return { body: { items: declared } };
  const id = pathname.split("/")[3] ?? "";
  if (method === "GET" && pathname === "/api/commands") return { body: { items: [], total: 0, next: null } };
  if (method === "GET") return { body: { id, tags: ["hall"], profile } };
  bodies.push(body);
  if (id === "bad") return { status: 409, body: problem };
  return { body: { id: `command-${id}`, device: id, state: "issued", seq: 1 } };
};

beforeEach(() => {
  bodies = [];
  declared = [{ devices: ["a", "bad"], ...profile }];
  const stub = stubGateway(answers);
  vi.stubGlobal("fetch", stub.fetch);
  calls = stub.calls;
});
afterEach(() => vi.unstubAllGlobals());

const bar = (ids: readonly string[], more: Partial<BulkBar> = {}) =>
  mount(new BulkBar(), { selected: new Set(ids), total: ids.length, ...more });

async function click(element: BulkBar, text: string): Promise<void> {
  one(element, "button", text).click();
  await settled(element);
}

async function until(element: BulkBar, condition: () => void): Promise<void> {
  await vi.waitFor(async () => {
    await settled(element);
    condition();
  });
}

it("the bulk bar shows the number of selected devices, and how many of them are not in the list", async () => {
  const element = await bar(["a", "b", "c"], { elsewhere: new Set(["c"]) });
  expect(textOf(one(element, "[role=status]"))).toBe("3 selected, 1 not in this list");
  element.elsewhere = new Set();
  await settled(element);
  expect(textOf(one(element, "[role=status]"))).toBe("3 selected");
});

it("the bulk bar offers to select all matching devices until all are selected, and to clear the selection", async () => {
  const element = await bar(["a", "b"], { total: 1_200 });
  const [alls, clears] = [eventsOf(element, "all"), eventsOf(element, "clear")];
  await click(element, "Select all 1,200");
  one(element, "button[aria-label='Clear the selection']").click();
  expect([alls.length, clears.length]).toEqual([1, 1]);
  element.collecting = true;
  await settled(element);
  expect(one<HTMLButtonElement>(element, "button", "Selecting…").disabled).toBe(true);
  element.total = 2;
  await settled(element);
  expect(textOf(element)).not.toContain("Select");
});

it("the bulk bar lists the devices of an action, with those outside the filters first", async () => {
  const element = await bar(["b", "a", "c"], { elsewhere: new Set(["c"]) });
  await click(element, "Tag");
  const dialog = one(element, "fl-bulk-tags");
  expect(textOf(dialog)).toContain("1 of them is not in the current list: the filters exclude it.");
  expect(all(dialog, "[aria-label='Selected devices'] li").map(textOf)).toEqual(["c not in the list", "a", "b"]);
  await click(element, "Cancel");
  expect(all(element, "fl-bulk-tags")).toEqual([]);
  expect(bodies).toEqual([]);
});

it("the bulk bar tags the devices, lists the failed devices, and keeps only these selected on request", async () => {
  const element = await bar(["a", "bad"]);
  const kept = eventsOf(element, "keep");
  await click(element, "Tag");
  await click(element, "Add tags");
  expect(bodies).toEqual([]);
  one<HTMLInputElement>(element, "fl-tags-input input").value = "roof";
  await click(element, "Add tags");
  await until(element, () => expect(textOf(one(element, ".progress"))).toBe("Done: 1 of 2, 1 failed"));
  expect(bodies).toEqual([{ tags: ["hall", "roof"] }, { tags: ["hall", "roof"] }]);
  expect(all(element, ".failures li").map(textOf)).toEqual(["bad the device is retired"]);
  await click(element, "Select the 1 that failed");
  expect(kept).toEqual([["bad"]]);
  expect(all(element, "fl-bulk-tags")).toEqual([]);
});

it("the bulk bar removes a tag only from devices that have the tag", async () => {
  const element = await bar(["a"]);
  await click(element, "Tag");
  one(element, "fl-bulk-tags label:nth-of-type(2) input").dispatchEvent(new Event("change"));
  await settled(element);
  one<HTMLInputElement>(element, "fl-tags-input input").value = "unknown";
  await click(element, "Remove tags");
  await until(element, () => expect(textOf(one(element, ".progress"))).toBe("Done: 1 of 1"));
  expect(bodies).toEqual([]);
});

it("the bulk bar sends a command that all devices declare, and shows the result on each device", async () => {
  const element = await bar(["a", "bad"]);
  await click(element, "Send command");
  await until(element, () => expect(textOf(one(element, "#action"))).toContain("Flush"));
  await click(element, "Send to 2 devices");
  await until(element, () =>
    expect(textOf(one(element, "fl-bulk-outcome [role=status]"))).toBe("1 not sent, 1 waiting for the device"),
  );
  expect(bodies).toEqual([
    { name: "flush", deadline: "10m" },
    { name: "flush", deadline: "10m" },
  ]);
  expect(all(element, "fl-bulk-outcome li").map(textOf)).toEqual(["bad Not sent the device is retired", "a Issued"]);
  await click(element, "Not sent 1");
  expect(all(element, "fl-bulk-outcome li").map(textOf)).toEqual(["bad Not sent the device is retired"]);
  expect(calls.filter((call) => call.startsWith("POST"))).toEqual([
    "POST /api/devices/a/commands",
    "POST /api/devices/bad/commands",
  ]);
});

it("the bulk bar offers commands that all devices declare; for each other command, names the devices that lack it", async () => {
  declared = [
    { devices: ["a", "b"], commands: ["blink", "flush"] },
    { devices: ["c"], commands: ["blink"] },
  ];
  const element = await bar(["a", "b", "c"]);
  await click(element, "Send command");
  await until(element, () => expect(all(element, "#action option").map(textOf)).toEqual(["blink", "Another command…"]));
  const dialog = one(element, "fl-bulk-command");
  expect(textOf(dialog)).toContain("1 command is declared by some of them only");
  expect(all(dialog, "[aria-label='Commands that not all devices declare'] li").map(textOf)).toEqual([
    "flush not declared by 1 of 3: c.",
  ]);
  choose(one<HTMLSelectElement>(element, "#action"), UNDECLARED);
  await settled(element);
  type(one<HTMLInputElement>(element, "#name"), "flush");
  await settled(element);
  expect(textOf(dialog)).toContain("flush is not declared by 1 of 3: c. They may refuse it.");
  type(one<HTMLInputElement>(element, "#name"), "blink");
  await settled(element);
  expect(textOf(dialog)).not.toContain("They may refuse it.");
});

it("the bulk bar reports that the devices declare no command in common", async () => {
  declared = [
    { devices: ["a"], commands: ["blink"] },
    { devices: ["b"], commands: [] },
  ];
  const element = await bar(["a", "b"]);
  await click(element, "Send command");
  await until(element, () =>
    expect(textOf(one(element, "fl-bulk-command"))).toContain("The devices declare no command in common."),
  );
  expect(all(element, "#action")).toEqual([]);
});

it("the bulk bar copies the ids", async () => {
  const element = await bar(["a", "b"]);
  const write = vi.spyOn(navigator.clipboard, "writeText").mockResolvedValue();
  one(element, "wa-dropdown").dispatchEvent(new CustomEvent("wa-select", { detail: { item: { value: "copy" } } }));
  await until(element, () =>
    expect(toasts.value.at(-1)).toMatchObject({ tone: "good", text: "Copied the 2 device ids" }),
  );
  expect(write).toHaveBeenCalledWith("a\nb");
});
