import { asApiError } from "../data/problem.ts";
import { Store } from "./store.ts";

export interface Toast {
  readonly id: number;
  readonly tone: "good" | "danger" | "info";
  readonly text: string;
  readonly detail?: string | undefined;
  readonly link?: { readonly href: string; readonly text: string };
}

export const toasts = new Store<readonly Toast[]>([]);

const SHOWN_MS = 6_000;
const MOST = 4;
let next = 1;

export function notify(tone: Toast["tone"], text: string, more: Pick<Toast, "detail" | "link"> = {}): void {
  const toast = { id: next++, tone, text, ...more };
  toasts.set([...toasts.value, toast].slice(-MOST));
  if (tone !== "danger") setTimeout(() => dismiss(toast.id), SHOWN_MS);
}

export function notifyError(what: string, thrown: unknown): void {
  const { message, advice } = asApiError(thrown);
  notify("danger", what, { detail: advice === undefined ? message : `${message} ${advice}` });
}

export function dismiss(id: number): void {
  toasts.set(toasts.value.filter((toast) => toast.id !== id));
}
