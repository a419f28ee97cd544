import { css, html, nothing } from "lit";
import type { UpdateState, UpdatesResource } from "../data/updates.ts";
import { UPDATE_LOOKS, versionsOf, whyOf } from "./update-looks.ts";
import "./badge.ts";
import "./time.ts";

export const updateStyles = css`
  .found > li {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--space-1) var(--space-3);
    padding: var(--space-1) 0;
    overflow-wrap: anywhere;
  }
`;

export function updateBadge(state: UpdateState) {
  const [tone, icon, text] = UPDATE_LOOKS[state];
  return html`<fl-badge tone=${tone} .icon=${icon}>${text}</fl-badge>`;
}

/** What was found for a device, and the catalogues that failed. */
export function foundUpdates({ updates, failures }: Pick<UpdatesResource, "updates" | "failures">) {
  return html`<ul class="found">
    ${updates.map(
      (one) => html`<li>
        ${updateBadge(one.state)}<span>${one.title ?? one.package} ${versionsOf(one)}</span>
        <span class="quiet">${whyOf(one)}</span>
        <span class="quiet">${one.catalogue}, asked <fl-time at=${one.askedAt}></fl-time></span>
      </li>`,
    )}
    ${failures.map(
      ({ catalogue, category, reason, askedAt }) => html`<li>
        ${updateBadge("failed")}<span>${catalogue}${category ? `, ${category}` : nothing}</span>
        <span class="quiet">${reason}</span><span class="quiet"><fl-time at=${askedAt}></fl-time></span>
      </li>`,
    )}
  </ul>`;
}
