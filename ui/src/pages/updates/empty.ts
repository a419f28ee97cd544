import { html } from "lit";
import { paths } from "../../state/paths.ts";
import { hasRole, mayScan } from "../../state/session.ts";
import "../../components/basic/notice.ts";

interface Situation {
  readonly hasCatalogues: boolean;
  /** Devices that were not compared yet. */
  readonly devices: number;
  readonly start: () => void;
}

/** While no device was compared, replaces the list and says what to do next. */
export function nothingCompared({ hasCatalogues, devices, start }: Situation) {
  if (!hasCatalogues)
    return html`<fl-empty icon="refresh" heading="Add a catalogue first">
      A catalogue lists firmware and software. Fleetlog compares your devices with it.
      ${
        hasRole("owner", "admin")
          ? html`<a slot="action" class="button primary" href=${paths.catalogues}>Add a catalogue</a>`
          : "The owner of the account can add one."
      }
    </fl-empty>`;
  if (devices === 0)
    return html`<fl-empty icon="device" heading="There are no devices yet">
      A device is compared with the catalogues when it reports its profile.
      <a slot="action" class="button primary" href=${paths.register}>Register a device</a>
    </fl-empty>`;
  return html`<fl-empty icon="refresh" heading="No device was compared with a catalogue yet">
    ${
      mayScan()
        ? html`Start a scan. It asks the catalogues, and installs nothing.
            <button slot="action" class="button primary" @click=${start}>Scan…</button>`
        : "An operator can start a scan."
    }
  </fl-empty>`;
}
