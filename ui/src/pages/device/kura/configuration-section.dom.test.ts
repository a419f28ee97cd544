// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { SchemaForm } from "../../../components/schema-form/schema-form.ts";
import { mount, one, settled, textOf, type, unmountAll } from "../../../testing/dom.ts";
import { KuraConfiguration } from "./configuration-section.ts";

const at = "2026-01-31T12:00:00.000Z";
const component = {
  pid: "com.example.Heater",
  name: "Heater",
  attributes: [{ id: "port", name: "Port", type: "Integer", required: true }],
  properties: [{ name: "port", type: "Integer", value: 123 }],
};
const read = {
  id: "c1",
  name: "configuration.get",
  state: "completed",
  endedAt: at,
  issuedAt: at,
  result: { configurations: [component] },
};

let last: object = read;
const posted: unknown[] = [];
beforeEach(() => {
  last = read;
  posted.length = 0;
  vi.stubGlobal("fetch", async (url: string | URL | Request, init?: RequestInit) => {
    if (init?.method === "POST") {
      posted.push(JSON.parse(String(init.body)));
      return Response.json({ id: "c2" }, { status: 201 });
    }
    const address = decodeURIComponent(String(url instanceof Request ? url.url : url));
    return Response.json({ items: [address.includes("configuration.*") ? last : read] });
  });
});
afterEach(() => {
  unmountAll();
  vi.unstubAllGlobals();
});

async function shown() {
  const element = await mount(new KuraConfiguration(), { device: "plant:gw-1" });
  const form = await vi.waitFor(async () => {
    await settled(element);
    return one<SchemaForm>(element, "fl-schema-form");
  });
  await settled(form);
  return { element, form };
}

it("the section sends only changed values, and keeps the input while the device changes", async () => {
  const { element, form } = await shown();
  type(one<HTMLInputElement>(form, "input"), "124");
  element.change = { keys: null };
  await settled(element);
  await settled(form);
  expect(one<HTMLInputElement>(form, "input").value).toBe("124");
  one(element, "form button").click();
  const properties = [{ name: "port", type: "Integer", value: 124 }];
  await vi.waitFor(() =>
    expect(posted).toEqual([
      { name: "configuration.put", params: { configurations: [{ pid: component.pid, properties }] } },
    ]),
  );
});

it("the section shows why the device has refused a change", async () => {
  last = { ...read, state: "failed", error: { code: "kura-404", message: "the device has no such resource" } };
  const { element } = await shown();
  await vi.waitFor(async () => {
    await settled(element);
    expect(textOf(one(element, "[role=alert]"))).toBe("the device has no such resource");
  });
});
