import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { ApiError } from "../../data/problem.ts";
import { counted } from "../text/numbers.ts";
import "../basic/loading.ts";
import "../basic/notice.ts";

export interface QueriedList<Item> {
  readonly query: {
    readonly data: { readonly items: readonly Item[]; readonly total: number } | undefined;
    readonly error: ApiError | undefined;
    reload(): void;
  };
  /** Shown instead of a list without items; undefined: the empty list is shown. */
  readonly empty: TemplateResult | undefined;
  /** What an item is called, such as `device`. */
  readonly noun: string;
  /** The list's name for screen readers. */
  readonly label: string;
  readonly key: (item: Item) => string;
  readonly item: (item: Item) => unknown;
}

/** A query's answer as a list below its count. Before the first answer, shows that it is loading or why it failed. */
export function queriedList<Item>({ query, empty, noun, label, key, item }: QueriedList<Item>) {
  const { data, error } = query;
  const retry = () => query.reload();
  if (error && !data) return html`<fl-error .error=${error} @retry=${retry}></fl-error>`;
  if (!data) return html`<fl-loading></fl-loading>`;
  const { items, total } = data;
  if (total === 0 && empty) return empty;
  return html`<div class="line"><span role="status">${counted(total, noun)}</span></div>
    ${error ? html`<fl-error inline .error=${error} @retry=${retry}></fl-error>` : nothing}
    <ul aria-label=${label}>
      ${repeat(items, key, item)}
    </ul>`;
}

/** The button that loads more items; nothing if all are shown. */
export function showMore(isMore: boolean, load: () => void) {
  return isMore ? html`<p class="more"><button class="button" @click=${load}>Show more</button></p>` : nothing;
}
