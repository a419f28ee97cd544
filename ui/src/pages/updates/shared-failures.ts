import { html, nothing } from "lit";
import { listed } from "../../components/text/listed.ts";
import { counted } from "../../components/text/numbers.ts";
import { plainFailure } from "../../components/updates/catalogue-failure.ts";
import { type Failure, reasonOf, type SameFailure, sameFailures } from "../../components/updates/same-failures.ts";
import type { UpdatesResource } from "../../data/updates.ts";
import { paths } from "../../state/paths.ts";
import { mayScan } from "../../state/session.ts";
import "../../components/basic/time.ts";

/** One reason why catalogues have failed for several devices. */
export interface SharedFailure extends SameFailure {
  /** How many, by catalogue; most devices first. */
  readonly devices: ReadonlyMap<string, number>;
}

const FEWEST = 2;

/**
 * The failures that at least two of the devices share. Catalogues that failed for the same reason are one entry; the entry
 * that concerns most devices is the first.
 */
export function sharedFailures(items: readonly Pick<UpdatesResource, "failures">[]): readonly SharedFailure[] {
  const failures = items.flatMap((item) => item.failures);
  const byCatalogue = Map.groupBy(failures, (failure) => JSON.stringify([failure.catalogue, reasonOf(failure)]));
  const shared = [...byCatalogue.values()].filter(({ length }) => length >= FEWEST).sort((a, b) => b.length - a.length);
  return sameFailures(shared.flat()).map((one) => {
    const same = shared.filter(([first]) => first !== undefined && reasonOf(first) === reasonOf(one));
    return { ...one, devices: new Map(same.map(({ 0: first, length }) => [first?.catalogue ?? "", length])) };
  });
}

export function isAmong(shared: readonly SharedFailure[], failure: Failure): boolean {
  return shared.some((one) => reasonOf(one) === reasonOf(failure) && one.devices.has(failure.catalogue));
}

/** Says once what the rows of the list do not repeat. @param whole whether the list is on one page */
export function sharedFailuresNote(shared: readonly SharedFailure[], whole: boolean) {
  return shared.map((failure) => {
    const { catalogues, category, reason, askedAt } = failure;
    const { text, advice } = plainFailure(reason, catalogues.length);
    return html`<div class="trouble">
      <strong>
        ${whichFailed(failure)}${whole ? "" : " on this page"}${category ? `, when asked for ${category}` : ""}.
      </strong>
      <span>${text} ${advice}</span>
      <span>
        Asked <fl-time at=${askedAt}></fl-time>${mayScan() ? html` · <a href=${paths.catalogues}>Catalogues</a>` : nothing}
      </span>
    </div>`;
  });
}

/** Such as "vendor and own failed for 3 devices, other for 2 devices". */
function whichFailed({ devices }: SharedFailure): string {
  return [...Map.groupBy(devices, ([, count]) => count)]
    .map(([count, ofCount], index) => {
      const names = listed(ofCount.map(([catalogue]) => catalogue));
      return `${names}${index === 0 ? " failed" : ""} for ${counted(count, "device")}`;
    })
    .join(", ");
}
