import { css, html, nothing } from "lit";
import type { FoundUpdate, UpdateState, UpdatesResource } from "../data/updates.ts";
import type { Tone } from "./badge.ts";
import type { IconName } from "./icons.ts";
import "./badge.ts";
import "./time.ts";

/** In the order of the page. */
export const UPDATE_LOOKS: Readonly<Record<UpdateState, readonly [Tone, IconName, string]>> = {
  failed: ["danger", "fail", "catalogue failed"],
  available: ["info", "arrow-up", "available"],
  blocked: ["warning", "hourglass", "needs something first"],
  unclear: ["warning", "warning", "unclear"],
  "up-to-date": ["good", "check-circle", "up to date"],
  "not-listed": ["neutral", "minus", "not listed"],
};

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

export function versionsOf({ current, available, newest }: FoundUpdate): string {
  const target = available ?? newest;
  if (target === undefined || target === current) return current ?? "";
  return `${current ?? "unknown"} → ${target}`;
}

export function whyOf({ reason, needs = [], available, newest }: FoundUpdate): string {
  if (reason !== undefined) return reason;
  const needed = needs.map((need) => {
    const has = need.has === undefined ? "its version is unknown" : `has ${need.has}`;
    return `${need.package} ${need.version} (${has}${need.offered === undefined ? "" : `, ${need.offered} is offered`})`;
  });
  if (needed.length === 0) return "";
  return `${available === undefined ? "" : `${newest} `}needs ${needed.join(", ")} first`.trim();
}
