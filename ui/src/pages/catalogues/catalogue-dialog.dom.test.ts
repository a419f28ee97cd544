// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { CatalogueResource } from "../../data/catalogues.ts";
import { all, choose, mount, one, settled, textOf, type, unmountAll } from "../../testing/dom.ts";
import { CatalogueDialog, type SavedCatalogue } from "./catalogue-dialog.ts";

const vendor: CatalogueResource = {
  ...{ name: "vendor", account: "main", kind: "tpedm", url: "https://vendor.example/api", enabled: true },
  ...{ certificate: "CERT\n", schedule: "0 3 * * *", has: ["key"], changedAt: "", changedBy: "ada", seq: 41 },
};

interface Sent {
  readonly path: string;
  readonly ifMatch: string | undefined;
  readonly body: Record<string, unknown>;
}

let sent: Sent[] = [];
let answer: () => Response = () => Response.json(vendor);
beforeEach(() => {
  sent = [];
  answer = () => Response.json(vendor);
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    const headers = init.headers as Record<string, string>;
    sent.push({ path, ifMatch: headers["if-match"], body: JSON.parse(String(init.body)) });
    return answer();
  });
});
afterEach(() => {
  unmountAll();
  vi.unstubAllGlobals();
});

async function shown(properties: Partial<CatalogueDialog> = {}) {
  const element = await mount(new CatalogueDialog(), properties);
  const saved: (SavedCatalogue | undefined)[] = [];
  element.closed = (one) => saved.push(one);
  return { element, saved };
}

const field = (element: Element, name: string) => one<HTMLInputElement>(element, `input#${name}`);
const area = (element: Element, name: string) =>
  one<HTMLTextAreaElement>(one(element, `fl-pem-field#${name}`), "textarea");

async function press(element: CatalogueDialog, text: string): Promise<void> {
  one(element, "button", text).click();
  await settled(element);
}

it("the dialog never shows the stored key, and keeps it when the field stays empty", async () => {
  const { element, saved } = await shown({ catalogue: vendor });
  expect(area(element, "key").value).toBe("");
  expect(textOf(element)).toContain("A key is stored. It is never shown.");
  expect(area(element, "certificate").value.trim()).toBe("CERT");
  type(field(element, "models"), "UC-*, IoT");
  await press(element, "Save");
  await vi.waitFor(() => expect(saved).toEqual([{ catalogue: vendor, isTried: false }]));
  expect(sent).toEqual([
    {
      path: "/api/catalogues/vendor?account=main",
      ifMatch: '"41"',
      body: {
        ...{ kind: "tpedm", url: "https://vendor.example/api", models: ["UC-*", "IoT"], certificate: "CERT\n" },
        ...{ schedule: "0 3 * * *", enabled: true },
      },
    },
  ]);
});

it("the dialog shows which field is missing, and refuses the name of another catalogue", async () => {
  const { element } = await shown({ taken: ["pumps"] });
  await press(element, "Save");
  expect(textOf(element)).toContain("Give the catalogue a name.");
  type(field(element, "name"), "pumps");
  await press(element, "Save");
  expect(textOf(element)).toContain("There is a catalogue pumps already.");
  type(field(element, "name"), "own");
  await press(element, "Save");
  expect(textOf(element)).toContain("This is needed.");
  one<HTMLInputElement>(element, "input[value=file]").click();
  await settled(element);
  type(field(element, "file"), "pumps.json");
  await press(element, "Save");
  expect(sent).toEqual([]);
  type(area(element, "signedBy"), "PUBLIC");
  await press(element, "Save and try");
  await vi.waitFor(() => expect(sent).toHaveLength(1));
  expect(sent[0]).toMatchObject({
    ...{ path: "/api/catalogues/own", ifMatch: undefined },
    body: { kind: "fleetlog", url: "file:///pumps.json", signedBy: "PUBLIC" },
  });
});

it("the dialog shows a refusal at its field", async () => {
  const problem = {
    status: 400,
    code: "invalid-request",
    field: "key",
    detail: "key is not the key of the certificate",
  };
  answer = () => Response.json(problem, { status: 400 });
  const { element, saved } = await shown({ catalogue: vendor });
  type(area(element, "key"), "OTHER");
  await press(element, "Save");
  await vi.waitFor(async () => {
    await settled(element);
    expect(textOf(one(element, "fl-pem-field#key"))).toContain("Key is not the key of the certificate.");
  });
  expect(saved).toEqual([]);
});

it("the dialog shows a schedule and its next times in words, and sends the cron expression", async () => {
  const { element } = await shown({ catalogue: vendor });
  const schedule = one(element, "fl-schedule-field");
  expect(textOf(schedule)).toContain("Every day at 03:00 UTC. Next, in your time zone:");
  const every = one<HTMLSelectElement>(schedule, "select");
  const pick = async (select: HTMLSelectElement, value: string) => {
    choose(select, value);
    select.dispatchEvent(new Event("input", { bubbles: true }));
    await settled(element);
  };
  await pick(every, "other");
  const cron = one<HTMLInputElement>(schedule, "input[name=cron]");
  expect(cron.value).toBe("0 3 * * *");
  type(cron, "at night");
  await settled(element);
  expect(textOf(schedule)).toContain("This is no cron expression.");
  await pick(every, "month");
  await pick(one<HTMLSelectElement>(schedule, "select[name=day]"), "15");
  expect(textOf(schedule)).toContain("On day 15 of every month at 03:00 UTC.");
  await press(element, "Save");
  await vi.waitFor(() => expect(sent[0]?.body.schedule).toBe("0 3 15 * *"));
  expect(all(element, "[role=alert]")).toEqual([]);
});
