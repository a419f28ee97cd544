import { html, nothing, type TemplateResult } from "lit";
import type { ConfigurationResource } from "../../../data/configuration.ts";
import "../../../components/basic/json.ts";
import "../../../components/basic/time.ts";

/**
 * The desired and the reported values, beside each other by the page's style of `.pair`.
 * @param none the text if the device has reported no values
 */
export function desiredAndReported(
  { desired, reported }: Pick<ConfigurationResource, "desired" | "reported">,
  none: string,
): TemplateResult {
  return html`<div class="pair">
    <div>
      <h3>Desired</h3>
      <fl-json .value=${desired} what="desired configuration"></fl-json>
    </div>
    <div>
      <h3>
        Reported by the device${reported ? html`, for revision ${reported.revision}, <fl-time at=${reported.at}></fl-time>` : nothing}
      </h3>
      ${reported?.values ? html`<fl-json .value=${reported.values} what="reported configuration"></fl-json>` : html`<p class="faint">${none}</p>`}
    </div>
  </div>`;
}
