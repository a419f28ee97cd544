import { html, nothing } from "lit";
import { causeLook } from "../../components/history/cause-looks.ts";
import { fieldText, isCut, valueText } from "../../components/history/change-texts.ts";
import { counted } from "../../components/text/numbers.ts";
import type { DiffItem } from "../../data/history.ts";
import { paths } from "../../state/paths.ts";
import type { Filters } from "./filters.ts";
import "../../components/basic/icon.ts";
import "../../components/basic/json.ts";
import "../../components/basic/time.ts";

/** Maximum events of a change that a historian names. */
const MOST_EVENTS = 20;

/** A changed field of a device, down to its events. */
export function changeItem(item: DiffItem, filter: (patch: Partial<Filters>) => void) {
  const { device, change, before, after, cause, events } = item;
  const { icon, text } = causeLook(cause);
  const field = fieldText(change);
  return html`<li>
    <a class="device" href=${paths.device(device)}>${device}</a>
    <span><button class="link" title="Show only this field" @click=${() => filter({ change })}>${field}</button></span>
    <span class="values">
      <span class="before">${valueText(before)}</span
      ><fl-icon name="forward"></fl-icon><span class="visually-hidden"> became </span
      ><span>${valueText(after)}</span>
    </span>
    <span class="cause"><fl-icon .name=${icon}></fl-icon> ${text}</span>
    <details>
      <summary>
        ${counted(events.length, "event")}${events.length === MOST_EVENTS ? ", the newest" : nothing}<span
          class="visually-hidden"
          >: ${device}, ${field}</span
        >
      </summary>
      ${
        isCut(before) || isCut(after)
          ? html`<div class="whole">
            ${before === null ? nothing : html`<fl-json .value=${before} what="value before"></fl-json>`}
            ${after === null ? nothing : html`<fl-json .value=${after} what="value after"></fl-json>`}
          </div>`
          : nothing
      }
      <ul class="events">
        ${events.map(
          ({ seq, id, type, time }) => html`<li class="event">
            <a href=${paths.chain(id)} title="What caused it, and what it caused">${type}</a>
            <fl-time at=${time} show="full"></fl-time>
            <a
              href="${paths.device(device)}?at=${seq}"
              aria-label="${device} after event ${seq}"
              title="The device after this event"
              >#${seq}</a
            >
          </li>`,
        )}
      </ul>
    </details>
  </li>`;
}
