// @vitest-environment happy-dom
import type { Problem, QueryResult } from "@fleetlog/protocol";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { SessionInfo } from "../../data/session.ts";
import { navigate, pageLocation } from "../../state/location.ts";
import { paths } from "../../state/paths.ts";
import { session } from "../../state/session.ts";
import { all, mount, one, press, settled, textOf, type, unmountAll } from "../../testing/dom.ts";
import { SqlPage } from "./sql-page.ts";

type Answer = { readonly status?: number; readonly body: Partial<QueryResult> | Partial<Problem> };
const SCHEMA = {
  tables: [{ name: "events", description: "All events", columns: [{ name: "type", type: "VARCHAR" }] }],
  functions: ["devices_asof"],
};
const COUNTS = {
  columns: [
    { name: "type", type: "VARCHAR" },
    { name: "n", type: "BIGINT" },
  ],
  rows: [
    ["SessionOpened", 8],
    ["DeviceRegistered", 4],
  ],
  truncated: false,
};
let sent: { readonly body: unknown; readonly signal: AbortSignal | null }[];
/** undefined: the query goes on until it is cancelled. */
let answer: Answer | undefined;

beforeEach(() => {
  sent = [];
  answer = { body: COUNTS };
  localStorage.clear();
  vi.stubGlobal("fetch", async (path: string, { body, signal = null }: RequestInit) => {
    if (path.endsWith("/schema")) return new Response(JSON.stringify(SCHEMA));
    sent.push({ body: JSON.parse(String(body)), signal });
    if (answer !== undefined) return new Response(JSON.stringify(answer.body), { status: answer.status ?? 200 });
    return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
  });
});
afterEach(() => {
  unmountAll();
  session.set({ state: "signed-out" });
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

async function shown(search = "", role = "analyst"): Promise<SqlPage> {
  session.set({ state: "signed-in", info: { operator: { id: "ann", name: "Ann", role } } as SessionInfo });
  navigate(`${paths.sql}${search}`, "replace");
  const page = await mount(new SqlPage());
  await vi.waitFor(() => expect(all(page, "details").length).toBe(role === "viewer" ? 0 : 1));
  return page;
}
const editor = (page: SqlPage) => one<HTMLTextAreaElement>(page, "textarea");
const outcome = (page: SqlPage, selector: string) =>
  vi.waitFor(async () => {
    await settled(page);
    return one(page, selector);
  });

it("the page shows the statement of a link, and runs it only on request", async () => {
  const page = await shown("?sql=SELECT+1");
  expect([editor(page).value, sent]).toEqual(["SELECT 1", []]);
  press(editor(page), "Enter", { ctrlKey: true });
  const table = await outcome(page, "table");
  expect(sent.map(({ body }) => body)).toEqual([{ sql: "SELECT 1", limit: 1_000 }]);
  expect(textOf(table)).toContain("SessionOpened8");
  expect(one(page, "fl-query-chart").shadowRoot?.querySelectorAll("rect")).toHaveLength(2);
});

it("the page shows above the chart which telemetry is missing in the answer", async () => {
  const missing = { events: 65_536, ranges: [{ from: 65_537, to: 131_072 }] };
  answer = { body: { ...COUNTS, missing } };
  const page = await shown("?sql=SELECT+1");
  press(editor(page), "Enter", { ctrlKey: true });
  const note = await outcome(page, "[role=note]");
  expect(textOf(note)).toContain("65,536 reports (#65,537 to #131,072) cannot be read");
  const chart = one(page, "fl-query-chart");
  expect(note.compareDocumentPosition(chart)).toBe(Node.DOCUMENT_POSITION_FOLLOWING);
});

it("the page writes the statement to the URL; Back returns from an example to the typed statement", async () => {
  const page = await shown();
  type(editor(page), "SELECT 2");
  await settled(page);
  one(page, "button", "Events by type").click();
  await settled(page);
  expect(editor(page).value).toContain("GROUP BY type");
  expect(new URLSearchParams(pageLocation.value.search).get("sql")).toBe(editor(page).value);
  navigate(`${paths.sql}?sql=SELECT+2`);
  await settled(page);
  expect(editor(page).value).toBe("SELECT 2");
});

it("the page keeps a statement that is too long for the URL", async () => {
  const page = await shown();
  const long = `SELECT '${"x".repeat(5_000)}'`;
  type(editor(page), long);
  press(editor(page), "Enter", { metaKey: true });
  await outcome(page, "table");
  expect([editor(page).value, pageLocation.value.search]).toEqual([long, ""]);
});

it("the page stops the query with Escape", async () => {
  answer = undefined;
  const page = await shown("?sql=SELECT+1");
  press(editor(page), "Enter", { ctrlKey: true });
  await vi.waitFor(() => expect(sent).toHaveLength(1));
  await settled(page);
  press(editor(page), "Escape");
  await settled(page);
  expect([sent[0]?.signal?.aborted, textOf(one(page, "[role=status]"))]).toEqual([true, "Stopped."]);
  expect(all(page, "[role=alert]")).toEqual([]);
});

it("the page shows how long a query runs, and after some seconds why it may wait", async () => {
  answer = undefined;
  const page = await shown("?sql=SELECT+1");
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
  press(editor(page), "Enter", { ctrlKey: true });
  await settled(page);
  expect(textOf(one(page, "[role=status]"))).toBe("Running…");
  vi.advanceTimersByTime(6_000);
  await settled(page);
  expect(textOf(one(page, "[role=status]"))).toMatch(/^Still running/);
  expect(textOf(one(page, ".actions [aria-hidden]"))).toBe("6 s");
  press(editor(page), "Escape");
  expect(vi.getTimerCount()).toBe(0);
});

it("the page cancels the query when the page is left", async () => {
  answer = undefined;
  const page = await shown("?sql=SELECT+1");
  press(editor(page), "Enter", { ctrlKey: true });
  await vi.waitFor(() => expect(sent).toHaveLength(1));
  unmountAll();
  expect(sent[0]?.signal?.aborted).toBe(true);
});

it("the page shows an error at its place, and marks it in the editor", async () => {
  const detail = "line 2, column 6: there is no table evnts";
  answer = { status: 400, body: { status: 400, code: "invalid-request", title: "Invalid", detail, field: "sql" } };
  const page = await shown(`?sql=${encodeURIComponent("SELECT 1\nFROM evnts")}`);
  press(editor(page), "Enter", { ctrlKey: true });
  const fault = await outcome(page, "[role=alert]");
  expect(fault.querySelector("pre")?.textContent).toBe("FROM evnts\n     ^");
  expect(editor(page).getAttribute("aria-invalid")).toBe("true");
  one(page, "button", "Go to line 2, column 6").click();
  expect(editor(page).selectionStart).toBe("SELECT 1\nFROM ".length);
});

it("the page says that there are more rows", async () => {
  answer = { body: { ...COUNTS, truncated: true } };
  const page = await shown("?sql=SELECT+1");
  press(editor(page), "Enter", { ctrlKey: true });
  await outcome(page, "table");
  expect(textOf(page)).toContain("The first 2 rows; there are more");
  type(editor(page), "SELECT 3");
  await settled(page);
  expect(textOf(one(page, "[role=status]"))).toContain("The statement was changed since.");
});

it("the page inserts names, and saves a statement in this browser", async () => {
  const page = await shown();
  type(editor(page), "SELECT");
  editor(page).setSelectionRange(6, 6);
  one(page, "button", "type").click();
  await settled(page);
  expect(editor(page).value).toBe("SELECT type");
  type(one<HTMLInputElement>(one(page, "fl-sql-saved"), "input"), "mine");
  one(page, "form").dispatchEvent(new Event("submit", { cancelable: true }));
  await settled(page);
  expect(textOf(one(page, "[aria-label='Saved queries']"))).toBe("mine");
  type(editor(page), "");
  await settled(page);
  one(page, "button", "mine").click();
  await settled(page);
  expect(editor(page).value).toBe("SELECT type");
});

it("the page asks as of the moment in the URL or in its fields, and says as of when an answer is", async () => {
  const page = await shown("?sql=SELECT+1&at=120");
  const ran = async () => {
    press(editor(page), "Enter", { ctrlKey: true });
    await vi.waitFor(async () => {
      await settled(page);
      expect(textOf(one(page, "[role=status]"))).toMatch(/ s/);
    });
    return sent.at(-1)?.body;
  };
  expect(textOf(one(one(page, "fl-sql-as-of"), "summary"))).toBe("As of event #120");
  expect(await ran()).toEqual({ sql: "SELECT 1", limit: 1_000, at: "120" });
  expect(textOf(one(page, "[role=status]"))).toContain("s, as of event #120.");
  const time = one<HTMLInputElement>(page, "input[type=datetime-local]");
  time.value = "2026-01-31T12:00:00";
  time.dispatchEvent(new Event("change"));
  await settled(page);
  expect(textOf(one(page, "[role=status]"))).toContain("The statement was changed since.");
  const at = new Date("2026-01-31T12:00:00").toISOString();
  expect(await ran()).toEqual({ sql: "SELECT 1", limit: 1_000, at });
  expect(new URLSearchParams(pageLocation.value.search).get("at")).toBe(at);
  const asOf = one(page, "fl-sql-as-of");
  one(asOf, "button", "Now").click();
  await settled(page);
  expect(asOf.shadowRoot?.activeElement?.localName).toBe("summary");
  expect(await ran()).toEqual({ sql: "SELECT 1", limit: 1_000 });
  expect(pageLocation.value.search).toBe("?sql=SELECT+1");
});

it("the page refuses a sequence that is no number, and marks no statement for a refused moment", async () => {
  const page = await shown("?sql=SELECT+1");
  const sequence = one<HTMLInputElement>(page, "input[inputmode=numeric]");
  const enter = async (value: string) => {
    sequence.value = value;
    sequence.dispatchEvent(new Event("change"));
    await settled(page);
  };
  await enter("twelve");
  expect(all(page, "[role=alert]").map(textOf)).toEqual(["A sequence is a whole number, such as 1200."]);
  await enter("#999");
  const detail = "the log ends at sequence 500";
  answer = { status: 400, body: { status: 400, code: "invalid-request", title: "Invalid", detail, field: "at" } };
  press(editor(page), "Enter", { ctrlKey: true });
  const fault = await outcome(page, "[role=alert]");
  expect([sent.at(-1)?.body, textOf(fault)]).toEqual([
    { sql: "SELECT 1", limit: 1_000, at: "999" },
    expect.stringContaining("log ends at sequence 500"),
  ]);
  expect(editor(page).getAttribute("aria-invalid")).not.toBe("true");
});

it("the page is not for viewers", async () => {
  const page = await shown("", "viewer");
  expect(textOf(page)).toContain("SQL is not for your role");
  expect(all(page, "textarea")).toEqual([]);
});
