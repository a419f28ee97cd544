import { html, nothing } from "lit";
import "./json.ts";
import "./time.ts";

/** A name and its value in a `dl` of facts; nothing without a value. */
export function fact(name: string, value: unknown) {
  return value === undefined ? nothing : html`<dt>${name}</dt><dd>${value}</dd>`;
}

export function tagsFact(tags: readonly string[]) {
  return fact("Tags", tags.length === 0 ? undefined : tags.map((tag) => html`<span class="tag">${tag}</span> `));
}

export function timeFact(name: string, at: string | undefined) {
  return fact(name, at && fullTime(at));
}

export function fullTime(at: string) {
  return html`<fl-time at=${at} show="full"></fl-time>`;
}

/** A card with a JSON value; nothing without a value. */
export function jsonCard(id: string, heading: string, value: unknown) {
  if (value === undefined) return nothing;
  return html`<section class="card" aria-labelledby=${id}>
    <div class="card-head"><h2 id=${id}>${heading}</h2></div>
    <div class="card-body"><fl-json .value=${value} what=${heading.toLowerCase()}></fl-json></div>
  </section>`;
}
