// @vitest-environment happy-dom
import { afterEach, expect, it, vi } from "vitest";
import { eventsOf, mount, one, unmountAll } from "../../testing/dom.ts";
import { TextFile } from "./text-file.ts";

afterEach(unmountAll);

async function choose(content: string, most?: number) {
  const element = await mount(new TextFile(), { accept: ".pem", ...(most !== undefined && { most }) });
  const [texts, faults] = [eventsOf(element, "text"), eventsOf(element, "fault")];
  const field = one<HTMLInputElement>(element, "input");
  Object.defineProperty(field, "files", { value: [new File([content], "a.pem")] });
  field.dispatchEvent(new Event("change"));
  await vi.waitFor(() => expect(texts.length + faults.length).toBe(1));
  return { texts, faults };
}

it("the reader gives the file's text", async () => {
  expect(await choose("key")).toEqual({ texts: ["key"], faults: [] });
});

it("the reader does not read a large file", async () => {
  expect(await choose("x".repeat(2_049), 2_048)).toEqual({ texts: [], faults: ["The file is larger than 2 KiB."] });
});
