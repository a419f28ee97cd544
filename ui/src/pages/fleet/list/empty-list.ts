import { html } from "lit";
import { paths } from "../../../state/paths.ts";
import "../../../components/basic/notice.ts";

/** What stands in place of a list without devices. */
export function emptyList({
  filtered,
  past,
  clear,
}: {
  readonly filtered: boolean;
  readonly past: boolean;
  /** Removes all filters. */
  readonly clear: () => void;
}) {
  if (filtered) {
    return html`<fl-empty icon="filter" heading="No device matches">
      Try fewer words or filters.
      <button slot="action" class="button" @click=${clear}>Clear all filters</button>
    </fl-empty>`;
  }
  if (past) return html`<fl-empty icon="device" heading="There were no devices then">Choose a later time.</fl-empty>`;
  return html`<fl-empty icon="device" heading="No devices yet">
    Register your first device: you get its token and a snippet that connects it.
    <a slot="action" class="button primary" href=${paths.register}>Register a device</a>
  </fl-empty>`;
}
