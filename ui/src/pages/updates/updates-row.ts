import { html, nothing } from "lit";
import { foundUpdates, updateBadge } from "../../components/updates/updates.ts";
import type { UpdatesResource } from "../../data/updates.ts";
import { paths } from "../../state/paths.ts";
import { isAmong, type SharedFailure } from "./shared-failures.ts";
import "../../components/basic/time.ts";

const PACKAGES_SHOWN = 4;

/** A device, with what is available for it. @param shared failures that the page explains above the list */
export function updatesRow(one: UpdatesResource, shared: readonly SharedFailure[]) {
  const { device, model, state: found, lookedAt } = one;
  const isEmpty = one.updates.length === 0 && one.failures.length === 0;
  return html`<li>
    <div class="device">
      <h2><a href=${paths.device(device)}>${device}</a></h2>
      <span class="small"
        >${model ?? "model not known"}${lookedAt === undefined ? nothing : html`, looked at <fl-time at=${lookedAt}></fl-time>`}</span
      >
    </div>
    ${isEmpty ? html`<div>${updateBadge(found)}</div>` : foundUpdates(one, { most: PACKAGES_SHOWN, isExplained: (failure) => isAmong(shared, failure) })}
  </li>`;
}
