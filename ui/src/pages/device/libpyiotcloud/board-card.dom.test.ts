// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { all, mount, one, settled, textOf, unmountAll } from "../../../testing/dom.ts";
import { stubGateway } from "../../../testing/gateway.ts";
import { BoardCard } from "./board-card.ts";

const sent: unknown[] = [];
let answer: (body: { name: string; params: { number?: number; value?: unknown } }) => object;
beforeEach(() => {
  sent.length = 0;
  answer = ({ params }) => ({ state: "completed", result: params });
  const { fetch } = stubGateway((method, _url, body) => {
    if (method === "GET") {
      const command = { name: "get_gpio", state: "completed", result: { number: 4, value: 1 } };
      return { body: { items: [command], next: null } };
    }
    sent.push(body);
    return { body: answer(body as Parameters<typeof answer>[0]) };
  });
  vi.stubGlobal("fetch", fetch);
});
afterEach(() => {
  unmountAll();
  vi.unstubAllGlobals();
});

async function card(): Promise<BoardCard> {
  const element = await mount(new BoardCard(), { device: "a".repeat(40) });
  await vi.waitFor(() => expect(all(element, "[role=switch]")).toHaveLength(1));
  return element;
}

const press = (element: BoardCard, label: string) =>
  one(element, "button", label).dispatchEvent(new MouseEvent("click", { bubbles: true, composed: true }));

it("the card shows the pins as switches, which follow the device's answer", async () => {
  const element = await card();
  const box = one<HTMLInputElement>(element, "[role=switch]");
  expect(box.checked).toBe(true);
  box.click();
  await vi.waitFor(() => expect(sent).toEqual([{ name: "set_gpio", params: { number: 4, value: 0 }, deadline: "8s" }]));
  await vi.waitFor(() => expect(textOf(one(element, "li"))).toContain("off"));
  await settled(element);
  expect(one<HTMLInputElement>(element, "[role=switch]").checked).toBe(false);
});

it("the card keeps a switch as it was when the device does not answer", async () => {
  answer = () => ({ state: "expired" });
  const element = await card();
  one(element, "[role=switch]").click();
  await vi.waitFor(() => expect(textOf(element)).toContain("The device did not answer."));
  expect(one<HTMLInputElement>(element, "[role=switch]").checked).toBe(true);
});

it("the card reads the clock and the addresses, writes to the serial line, and sends a notification", async () => {
  answer = ({ name, params }) => ({
    state: "completed",
    result: name === "get_rtc" ? { value: 1_600_000_000 } : name === "get_ip" ? { value: "192.0.2.9" } : params,
  });
  const element = await card();
  press(element, "Read clock");
  await vi.waitFor(() => expect(textOf(element)).toMatch(/Its clock: .*2020/));
  press(element, "IP");
  await vi.waitFor(() => expect(textOf(element)).toContain("IP: 192.0.2.9"));
  press(element, "Write");
  await vi.waitFor(() => expect(textOf(element)).toContain("Fill in every field."));
  one<HTMLInputElement>(element, "#text").value = "hello";
  press(element, "Write");
  await vi.waitFor(() => expect(textOf(element)).toContain("Written: hello"));
  one<HTMLInputElement>(element, "#recipient").value = "ada@example.org";
  one<HTMLInputElement>(element, "#message").value = "hot";
  press(element, "Send");
  await vi.waitFor(() => expect(textOf(element)).toContain("The device has sent it to ada@example.org"));
  expect(sent.map((body) => (body as { name: string }).name)).toEqual([
    "get_rtc",
    "get_ip",
    "write_uart",
    "trigger_notification",
  ]);
});
