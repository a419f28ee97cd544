import type { ReactiveController, ReactiveControllerHost } from "lit";

/** `keys`: one key, a sequence such as `g f`, or `mod+k` (Ctrl, or ⌘ on a Mac). */
export interface Shortcut {
  readonly keys: string;
  readonly does: string;
  readonly group: string;
  readonly run: (event: KeyboardEvent) => void;
  readonly always?: boolean;
}

const SEQUENCE_MS = 1_200;
const registered = new Set<Shortcut>();
let pending = "";
let pendingUntil = 0;

export function shortcuts(): readonly Shortcut[] {
  return [...registered];
}

/** Shortcuts that work while their host is on the page. */
export class Shortcuts implements ReactiveController {
  readonly #list: readonly Shortcut[];

  constructor(host: ReactiveControllerHost, list: readonly Shortcut[]) {
    this.#list = list;
    host.addController(this);
  }

  hostConnected(): void {
    for (const shortcut of this.#list) registered.add(shortcut);
  }

  hostDisconnected(): void {
    for (const shortcut of this.#list) registered.delete(shortcut);
  }
}

window.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.altKey) return;
  const mod = event.ctrlKey || event.metaKey;
  const key = mod ? `mod+${event.key.toLowerCase()}` : event.key;
  const typing = isTyping(event);
  const sequence = Date.now() < pendingUntil ? `${pending} ${key}` : key;
  const usable = [...registered].reverse().filter(({ always }) => always || !(typing || isModal(event)));
  const found = usable.find(({ keys }) => keys === sequence) ?? usable.find(({ keys }) => keys === key);
  pendingUntil = 0;
  if (found !== undefined) {
    event.preventDefault();
    found.run(event);
  } else if (!mod && usable.some(({ keys }) => keys.startsWith(`${key} `))) {
    [pending, pendingUntil] = [key, Date.now() + SEQUENCE_MS];
  }
});

function isTyping(event: KeyboardEvent): boolean {
  const target = event.composedPath()[0];
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "button"].includes(target.type);
  return target.matches("textarea, select") || target.isContentEditable;
}

function isModal(event: KeyboardEvent): boolean {
  return event.composedPath().some((node) => node instanceof HTMLDialogElement && node.open);
}
