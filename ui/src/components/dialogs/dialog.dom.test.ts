// @vitest-environment happy-dom
import { html, render } from "lit";
import { afterEach, beforeEach, expect, it } from "vitest";
import { all, eventsOf, mount, one, press, settled, textOf, unmountAll } from "../../testing/dom.ts";
import "../commands/command-form.ts";
import { secretText } from "../basic/secrets.ts";
import { confirm } from "./confirm.ts";
import { Dialog } from "./dialog.ts";
import { showSecrets } from "./secrets-dialog.ts";

afterEach(unmountAll);

let button: HTMLButtonElement;
beforeEach(() => {
  button = document.createElement("button");
  document.body.append(button);
  button.focus();
});
afterEach(() => document.body.replaceChildren());

async function open(content = html`<input />`): Promise<Dialog> {
  const dialog = new Dialog();
  render(content, dialog);
  return mount(dialog, { heading: "Edit pump-1" });
}

const modal = (element: Element) => one<HTMLDialogElement>(element, "dialog");
const pressOutside = (element: Element) => modal(element).dispatchEvent(new MouseEvent("pointerdown", { clientX: -5 }));

it("the dialog opens as a modal dialog with its heading, and sends `closed` once", async () => {
  const dialog = await open();
  expect(modal(dialog).open).toBe(true);
  expect(textOf(one(dialog, "h2"))).toBe("Edit pump-1");
  const closed = eventsOf(dialog, "closed");
  one(dialog, "button[aria-label=Close]").click();
  expect(modal(dialog).open).toBe(false);
  expect(closed).toHaveLength(1);
});

it("the dialog shows a footer only if the footer has content", async () => {
  expect(one(await open(), "footer").hidden).toBe(true);
  expect(one(await open(html`<button slot="footer">Save</button>`), "footer").hidden).toBe(false);
});

it("the dialog closes on a click outside, but not after input", async () => {
  const untouched = await open();
  pressOutside(untouched);
  expect(modal(untouched).open).toBe(false);
  const typedInto = await open();
  one(typedInto, "input").dispatchEvent(new Event("input", { bubbles: true, composed: true }));
  pressOutside(typedInto);
  expect(modal(typedInto).open).toBe(true);
});

it("the dialog returns the focus when it is removed while open", async () => {
  const dialog = await open(html`<input autofocus />`);
  one(dialog, "input").focus();
  expect(document.activeElement).not.toBe(button);
  dialog.remove();
  expect(document.activeElement).toBe(button);
});

it.each([
  ["Retire device", true],
  ["Cancel", false],
])("the dialog asks for confirmation: %s gives %s", async (text, agreed) => {
  const answer = confirm({ heading: "Retire pump-1?", body: "Its history stays.", action: "Retire device" });
  const element = one(document.body, "fl-confirm") as HTMLElement & Dialog;
  await settled(element);
  expect(textOf(element)).toContain("Retire pump-1?");
  expect(textOf(element)).toContain("Its history stays.");
  one(element, "button", text).click();
  expect(await answer).toBe(agreed);
  expect(element.isConnected).toBe(false);
});

it("the dialog counts a confirmation that is closed without an answer as a no", async () => {
  const answer = confirm({ heading: "Retire pump-1?", body: "", action: "Retire device" });
  const element = one(document.body, "fl-confirm") as HTMLElement & Dialog;
  await settled(element);
  one(element, "button[aria-label=Close]").click();
  expect(await answer).toBe(false);
});

/** Waits for the end of the next frame, in which a dialog sets the focus. */
async function framed(): Promise<void> {
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
}

it("the dialog focuses its first field, not Close", async () => {
  const dialog = await open(html`<p>Why?</p><input disabled /><input id="first" /><input />`);
  await framed();
  expect(document.activeElement?.id).toBe("first");
  expect(dialog.isConnected).toBe(true);
});

it("the dialog focuses the element with `autofocus`, otherwise the first field, also in footer and shadow trees", async () => {
  await open(html`<input /><button slot="footer" id="keep" autofocus>Keep</button>`);
  await framed();
  expect(document.activeElement?.id).toBe("keep");
  const dialog = await open(html`<fl-command-form></fl-command-form>`);
  await framed();
  const form = one(dialog, "fl-command-form");
  expect([document.activeElement, form.shadowRoot?.activeElement?.id]).toEqual([form, "name"]);
});

it("the dialog focuses a field that is added later, but not after the operator has pressed a key", async () => {
  const dialog = await open(html`<p>Loading…</p>`);
  await framed();
  render(html`<input id="late" />`, dialog);
  await framed();
  expect(document.activeElement?.id).toBe("late");
  const used = await open(html`<p>Loading…</p>`);
  press(used, "Tab");
  render(html`<input id="later" />`, used);
  await framed();
  expect(document.activeElement?.id).not.toBe("later");
});

it("the dialog focuses what replaces the content with the focus, such as the secret that a form has made", async () => {
  const dialog = await open(html`<form><input id="name" autofocus /></form>`);
  await framed();
  press(dialog, "Enter");
  render(html`<p>Shown only once</p>${secretText("s3cret", "secret", true)}`, dialog);
  await framed();
  expect(document.activeElement?.localName).toBe("fl-copy");
});

it("the dialog of secrets focuses the button that copies the first secret", async () => {
  void showSecrets({ heading: "New key", note: "Shown once.", secrets: { Password: "one", Key: "two" } });
  const element = one(document.body, "fl-secrets-dialog") as HTMLElement & Dialog;
  await settled(element);
  await framed();
  const [first] = all(element, "fl-copy");
  expect(focusedElement()).toBe(one(first as HTMLElement, "button"));
});

function focusedElement(): Element | null {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element;
}
