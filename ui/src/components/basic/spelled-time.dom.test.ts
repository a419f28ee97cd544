// @vitest-environment happy-dom
import { html, LitElement } from "lit";
import { afterEach, expect, it } from "vitest";
import { mount, one, settled, textOf, type, unmountAll } from "../../testing/dom.ts";
import { spelled } from "../text/times.ts";
import "./spelled-time.ts";

afterEach(unmountAll);

class Form extends LitElement {
  value = "";

  protected override render() {
    return html`<input id="from" type="datetime-local" .defaultValue=${this.value} />
      <p><fl-spelled-time for="from">Empty: never.</fl-spelled-time></p>`;
  }
}
customElements.define("test-form", Form);

it("spells what is in its field, and shows its hint while the field is empty", async () => {
  const form = await mount(new Form(), { value: "2026-11-03T14:20" });
  await settled(form);
  expect(textOf(one(form, "p"))).toBe(spelled(new Date("2026-11-03T14:20")));
  expect(textOf(one(form, "p"))).toMatch(/Tue.*Nov|Nov.*Tue/);
  type(one<HTMLInputElement>(form, "input"), "");
  await settled(form);
  expect(textOf(one(form, "p"))).toBe("Empty: never.");
  type(one<HTMLInputElement>(form, "input"), "2026-03-11T14:20");
  await settled(form);
  expect(textOf(one(form, "p"))).toMatch(/Mar/);
});
