import { html } from "lit";
import { updateBadge } from "../../components/updates/updates.ts";
import type { Trial, TrialUpdate } from "../../data/trials.ts";
import { paths } from "../../state/paths.ts";

/** Packages whose updates would differ, as rows of a table. */
export const UPDATE_COLUMNS = ["Device", "Package", "With this catalogue", "Newest scan"];

export function updateRow({ device, package: name, current, before, tried }: TrialUpdate, to: Trial["to"]) {
  return html`<tr>
    <td><a href="${paths.device(device)}?at=${to.seq}">${device}</a></td>
    <td>${name} <span class="quiet">${current ?? "not reported"}</span></td>
    <td>${found(tried)}</td>
    <td>${found(before)}</td>
  </tr>`;
}

function found(update: TrialUpdate["before"]) {
  if (update === undefined) return html`<span class="quiet">not listed</span>`;
  const { state, available, newest, needs = [] } = update;
  const version = available ?? (state === "up-to-date" ? undefined : newest);
  const needed = needs.map((need) => `${need.package} ${need.version}`).join(", ");
  return html`${updateBadge(state)} ${version} ${needed && html`<span class="quiet">needs ${needed}</span>`}`;
}
