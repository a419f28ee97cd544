import { css, html, nothing } from "lit";
import type { FoundUpdate, UpdateState, UpdatesResource } from "../../data/updates.ts";
import { listed } from "../text/listed.ts";
import { bytes } from "../text/numbers.ts";
import { plainFailure } from "./catalogue-failure.ts";
import { type Failure, type SameFailure, sameFailures } from "./same-failures.ts";
import { UPDATE_LOOKS, versionsOf, whyOf } from "./update-looks.ts";
import "../basic/badge.ts";
import "../basic/time.ts";

export const updateStyles = css`
  .found {
    display: grid;
    gap: var(--space-2);
    min-width: 0;
  }
  .found > li {
    display: grid;
    grid-template-columns: 11.5rem minmax(0, 1fr);
    align-items: start;
    gap: 0 var(--space-3);
    overflow-wrap: anywhere;
  }
  .found > li > fl-badge {
    justify-self: start;
  }
  .found .about {
    display: grid;
    gap: 2px;
    min-width: 0;
    padding-top: 1px;
  }
  .found .versions {
    font-variant-numeric: tabular-nums;
    font-weight: 500;
  }
  .found .small {
    color: var(--text-faint);
    font-size: var(--size-small);
  }
  @media (max-width: 47.99rem) {
    .found > li {
      grid-template-columns: minmax(0, 1fr);
      justify-items: start;
      gap: 2px;
    }
  }
`;

/** Styles of the note that says why a catalogue fails. */
export const troubleStyles = css`
  .trouble {
    display: grid;
    gap: 2px;
    padding: var(--space-2) var(--space-3);
    border-radius: var(--radius);
    background: var(--danger-tint);
    color: var(--danger-text);
    overflow-wrap: anywhere;
  }
  .trouble a {
    color: inherit;
    text-decoration: underline;
  }
`;

export function updateBadge(state: UpdateState) {
  const [tone, icon, text] = UPDATE_LOOKS[state];
  return html`<fl-badge tone=${tone} .icon=${icon}>${text}</fl-badge>`;
}

export interface FoundOptions {
  /** Maximum number of shown packages; those that can be changed come first. */
  readonly most?: number;
  /** Shows when each catalogue answered, and how large a package is. */
  readonly isDetailed?: boolean;
  /** Whether the page explains a failure elsewhere: then only its catalogue is shown. */
  readonly isExplained?: (failure: Failure) => boolean;
  /** Shown with a package that can be installed. */
  readonly action?: (found: FoundUpdate) => unknown;
}

/** What was found for a device, and the catalogues that failed. */
export function foundUpdates(
  { updates, failures }: Pick<UpdatesResource, "updates" | "failures">,
  {
    most = Number.POSITIVE_INFINITY,
    isDetailed = false,
    isExplained = () => false,
    action = () => nothing,
  }: FoundOptions = {},
) {
  const isCurrent = ({ state }: FoundUpdate) => Number(state === "up-to-date");
  const shown =
    updates.length > most ? updates.toSorted((a, b) => isCurrent(a) - isCurrent(b)).slice(0, most) : updates;
  const left = updates.length - shown.length;
  return html`<ul class="found">
    ${sameFailures(failures.filter((one) => !isExplained(one))).map((one) => failed(one, isDetailed))}
    ${sameFailures(failures.filter(isExplained)).map((one) => failed(one))}
    ${shown.map((one) => {
      const why = whyOf(one);
      return html`<li>
        ${updateBadge(one.state)}
        <div class="about">
          <span>${one.title ?? one.package} <span class="versions">${versionsOf(one)}</span></span>
          ${why ? html`<span>${why}</span>` : nothing}
          ${
            isDetailed
              ? html`<span class="small"
                  >${one.catalogue}, asked <fl-time at=${one.askedAt}></fl-time>${one.size ? `, ${bytes(one.size)}` : nothing}</span
                >`
              : nothing
          }
          ${action(one)}
        </div>
      </li>`;
    })}
    ${left > 0 ? html`<li><span class="small">and ${left} more</span></li>` : nothing}
  </ul>`;
}

/** @param isDetailed whether with advice; undefined: the page explains the failure elsewhere */
function failed({ catalogues, category, reason, askedAt }: SameFailure, isDetailed?: boolean) {
  const { text, advice } = plainFailure(reason, catalogues.length);
  const explanation = html`<span>${text} ${isDetailed ? advice : nothing}</span>
    <span class="small">asked <fl-time at=${askedAt}></fl-time></span>`;
  return html`<li>
    ${updateBadge("failed")}
    <div class="about">
      <span>${listed(catalogues)}${category ? `, ${category}` : nothing}</span>
      ${isDetailed === undefined ? nothing : explanation}
    </div>
  </li>`;
}
