import { ReactiveElement } from "lit";
import { feed } from "../data/feed/feed.ts";

const mounted: Element[] = [];

/** Adds an element with these properties to the page, until {@link unmountAll}. */
export async function mount<E extends ReactiveElement>(element: E, properties: Partial<E> = {}): Promise<E> {
  Object.assign(element, properties);
  document.body.append(element);
  mounted.push(element);
  await settled(element);
  return element;
}

/** Also stops the feed, which a signed-in session starts: without a gateway it would reconnect for ever. */
export function unmountAll(): void {
  for (const element of mounted.splice(0)) element.remove();
  feed.stop();
}

export async function settled(element: ReactiveElement): Promise<void> {
  await element.updateComplete;
  for (const inner of all(element, "*")) if (inner instanceof ReactiveElement) await inner.updateComplete;
}

/** The matching elements inside `root` and all nested shadow trees, in document order. */
export function all(root: Element | ShadowRoot, selector: string): HTMLElement[] {
  const found: HTMLElement[] = [];
  const visit = (parent: Element | ShadowRoot): void => {
    if (parent instanceof Element && parent.shadowRoot) visit(parent.shadowRoot);
    for (const child of parent.children) {
      if (child instanceof HTMLElement && child.matches(selector)) found.push(child);
      visit(child);
    }
  };
  visit(root);
  return found;
}

/**
 * The only matching element.
 * @throws Error if none or several match
 */
export function one<E extends HTMLElement = HTMLElement>(root: Element, selector: string, text?: string): E {
  const found = all(root, selector).filter((element) => text === undefined || textOf(element) === text);
  const [first] = found;
  if (found.length !== 1 || first === undefined)
    throw new Error(`there are ${found.length} elements ${selector} ${text ?? ""}`);
  return first as E;
}

/** The text of a node and its nested shadow trees, without styles and hidden parts. */
export function textOf(node: Node): string {
  return raw(node).replace(/\s+/g, " ").trim();
}

function raw(node: Node): string {
  if (node.nodeType === Node.TEXT_NODE) return node.textContent ?? "";
  if (node instanceof HTMLElement && (node.hidden || node.localName === "style")) return "";
  if (node instanceof HTMLSlotElement) return node.assignedNodes().map(raw).join("");
  const children = node instanceof Element && node.shadowRoot ? node.shadowRoot.childNodes : node.childNodes;
  return [...children].map(raw).join("");
}

export function eventsOf(element: Element, type: string): unknown[] {
  const details: unknown[] = [];
  element.addEventListener(type, (event) => details.push((event as CustomEvent).detail ?? null));
  return details;
}

export function type(field: HTMLInputElement | HTMLTextAreaElement, text: string): void {
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
}

export function choose(field: HTMLSelectElement, value: string): void {
  field.value = value;
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

export function press(element: Element, key: string, more: KeyboardEventInit = {}): void {
  element.dispatchEvent(
    new KeyboardEvent("keydown", { key, bubbles: true, composed: true, cancelable: true, ...more }),
  );
}
