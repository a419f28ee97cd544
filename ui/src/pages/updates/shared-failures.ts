import { html, nothing } from "lit";
import { counted } from "../../components/text/numbers.ts";
import { plainFailure } from "../../components/updates/catalogue-failure.ts";
import type { UpdatesResource } from "../../data/updates.ts";
import { paths } from "../../state/paths.ts";
import { mayScan } from "../../state/session.ts";
import "../../components/basic/time.ts";

type Failure = UpdatesResource["failures"][number];

/** A failure of a catalogue for several devices. */
export interface SharedFailure extends Failure {
  readonly devices: number;
}

const FEWEST = 2;

const keyOf = ({ catalogue, category, reason }: Failure) => JSON.stringify([catalogue, category, reason]);

/** The failures that at least two of the devices share, the most frequent first, each with its latest time. */
export function sharedFailures(items: readonly Pick<UpdatesResource, "failures">[]): readonly SharedFailure[] {
  const byKey = new Map<string, SharedFailure>();
  for (const failure of items.flatMap(({ failures }) => failures)) {
    const key = keyOf(failure);
    const { devices = 0, askedAt = "" } = byKey.get(key) ?? {};
    byKey.set(key, {
      ...failure,
      devices: devices + 1,
      askedAt: failure.askedAt > askedAt ? failure.askedAt : askedAt,
    });
  }
  return [...byKey.values()].filter(({ devices }) => devices >= FEWEST).sort((a, b) => b.devices - a.devices);
}

export function isAmong(shared: readonly SharedFailure[], failure: Failure): boolean {
  return shared.some((one) => keyOf(one) === keyOf(failure));
}

/** Says once what the rows of the list do not repeat. @param whole whether the list is on one page */
export function sharedFailuresNote(shared: readonly SharedFailure[], whole: boolean) {
  return shared.map(({ catalogue, category, reason, devices, askedAt }) => {
    const { text, advice } = plainFailure(reason);
    return html`<div class="trouble">
      <strong>
        ${catalogue} failed for ${counted(devices, "device")}${whole ? "" : " on this page"}${category ? `, when it was asked for ${category}` : ""}.
      </strong>
      <span>${text} ${advice}</span>
      <span>
        Asked <fl-time at=${askedAt}></fl-time>${mayScan() ? html` · <a href=${paths.catalogues}>Catalogues</a>` : nothing}
      </span>
    </div>`;
  });
}
