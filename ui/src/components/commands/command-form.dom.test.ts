// @vitest-environment happy-dom
import { afterEach, expect, it } from "vitest";
import { ApiError } from "../../data/problem.ts";
import { all, choose, mount, one, press, settled, textOf, type, unmountAll } from "../../testing/dom.ts";
import { actionsOf } from "./actions.ts";
import { CommandForm } from "./command-form.ts";

afterEach(unmountAll);

const actions = actionsOf({
  commands: [
    {
      name: "set-interval",
      title: "Set interval",
      description: "How often it reports",
      params: {
        type: "object",
        required: ["seconds"],
        properties: {
          seconds: { type: "integer", title: "Seconds", minimum: 1, maximum: 60, default: 10 },
          mode: { enum: ["fast", "slow"], title: "Mode" },
          days: { type: "array", title: "Days", items: { type: "string" } },
          strict: { type: "boolean", title: "Strictly" },
        },
      },
    },
    "reboot",
  ],
});

const form = (more: Partial<CommandForm> = {}) => mount(new CommandForm(), { actions, ...more });
const field = <E extends HTMLElement>(element: CommandForm, id: string) => one<E>(element, `[id="${id}"]`);
const input = (element: CommandForm, id: string) => field<HTMLInputElement>(element, id);
const select = (element: CommandForm, id: string) => field<HTMLSelectElement>(element, id);
const focused = () => {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element?.id;
};

async function another(element: CommandForm): Promise<void> {
  const [, , free] = all(element, "#action option") as HTMLOptionElement[];
  choose(select(element, "action"), free?.value ?? "");
  await settled(element);
}

it("the form offers the declared commands, and has fields for the parameters of the first command", async () => {
  const element = await form();
  expect(all(element, "#action option").map(textOf)).toEqual(["Set interval", "reboot", "Another command…"]);
  expect(textOf(element)).toContain("How often it reports");
  expect(all(element, "fl-schema-form label").map(textOf)).toEqual(["Seconds", "Mode optional", "Strictly"]);
  expect(input(element, "seconds").value).toBe("10");
});

it("the form collects typed parameters, deadline and reason", async () => {
  const element = await form();
  type(input(element, "seconds"), "42");
  choose(select(element, "mode"), '"slow"');
  one(element, "button[aria-label='Add to Days']").click();
  await settled(element);
  type(input(element, "days[0]"), "mon");
  choose(select(element, "deadline"), "1h");
  input(element, "reason").value = " a test ";
  expect(await element.collect()).toEqual({
    name: "set-interval",
    params: { seconds: 42, mode: "slow", days: ["mon"], strict: false },
    deadline: "1h",
    reason: "a test",
  });
});

it("the form sends no parameters for a command that has none", async () => {
  const element = await form();
  choose(select(element, "action"), "reboot");
  await settled(element);
  expect(await element.collect()).toEqual({ name: "reboot", deadline: "10m" });
});

it("the form shows an error beside the field of an invalid parameter, focuses the field, and collects nothing", async () => {
  const element = await form();
  type(input(element, "seconds"), "61");
  expect(await element.collect()).toBeUndefined();
  await settled(element);
  expect(input(element, "seconds").getAttribute("aria-invalid")).toBe("true");
  expect(textOf(field(element, "fault-seconds"))).toBe("At most 60.");
  expect(focused()).toBe("seconds");
  type(input(element, "seconds"), "60");
  await settled(element);
  expect(input(element, "seconds").hasAttribute("aria-invalid")).toBe(false);
  expect(await element.collect()).toMatchObject({ params: { seconds: 60 } });
});

it("the form accepts a command that is not declared, with parameters as JSON", async () => {
  const element = await form();
  await another(element);
  expect(await element.collect()).toBeUndefined();
  await settled(element);
  expect(textOf(field(element, "name-fault"))).toBe("A command needs a name.");
  expect(focused()).toBe("name");
  input(element, "name").value = "calibrate";
  input(element, "params").value = "{";
  expect(await element.collect()).toBeUndefined();
  await settled(element);
  expect(textOf(field(element, "params-fault"))).toBe("This is not valid JSON.");
  input(element, "params").value = '{"to": 7}';
  expect(await element.collect()).toEqual({ name: "calibrate", params: { to: 7 }, deadline: "10m" });
});

it("the form begins with the command to repeat: in its declared form if possible, otherwise with JSON parameters", async () => {
  const declared = await form({ template: { name: "set-interval", params: { seconds: 5, mode: "fast" } } });
  expect(await declared.collect()).toMatchObject({ name: "set-interval", params: { seconds: 5, mode: "fast" } });
  const foreign = { seconds: 5, unknown: true };
  const free = await form({ template: { name: "set-interval", params: foreign } });
  expect(all(free, "fl-schema-form")).toEqual([]);
  expect(await free.collect()).toMatchObject({ name: "set-interval", params: foreign });
});

it("the form keeps its input when the device reports its commands again", async () => {
  const element = await form();
  type(input(element, "seconds"), "42");
  element.actions = structuredClone(actions);
  await settled(element);
  expect(input(element, "seconds").value).toBe("42");
});

it("the form replaces an empty free form when the device declares commands, and keeps a filled one", async () => {
  const unused = await form({ actions: [] });
  unused.actions = actions;
  await settled(unused);
  expect(select(unused, "action").value).toBe("set-interval");
  const used = await form({ actions: [] });
  input(used, "name").value = "calibrate";
  used.actions = actions;
  await settled(used);
  expect(input(used, "name").value).toBe("calibrate");
});

it("the form shows an error of the gateway beside the field concerned", async () => {
  const element = await form();
  await another(element);
  element.refused(
    new ApiError({ code: "invalid-request", title: "", detail: "name has a space", field: "name", status: 400 }),
  );
  await settled(element);
  expect(textOf(field(element, "name-fault"))).toBe("Name has a space.");
  expect(focused()).toBe("name");
  element.refused(
    new ApiError({ code: "invalid-request", title: "", detail: "too long", field: "reason", status: 400 }),
  );
  await settled(element);
  expect(textOf(field(element, "reason-fault"))).toBe("Too long.");
  expect(one<HTMLDetailsElement>(element, "details").open).toBe(true);
});

it.each([
  [400, "The command was not sent. The device is retired."],
  [503, "The command may not have been sent. The device is retired. Sending it again issues it only once."],
])("the form shows other errors below its fields: status %i", async (status, expected) => {
  const element = await form();
  element.refused(new ApiError({ code: "any", title: "", detail: "the device is retired", status }));
  await settled(element);
  expect(textOf(one(element, "[role=alert]"))).toBe(expected);
});

it("the form is submitted by Enter in a field", async () => {
  const outer = document.createElement("form");
  document.body.append(outer);
  const element = await form();
  outer.append(element);
  await settled(element);
  let submits = 0;
  outer.addEventListener("submit", (event) => {
    event.preventDefault();
    submits++;
  });
  press(input(element, "seconds"), "Enter");
  press(select(element, "mode"), "Enter");
  expect(submits).toBe(1);
  outer.remove();
});
