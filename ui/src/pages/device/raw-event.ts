import { html, nothing } from "lit";
import type { EventResource } from "../../data/events.ts";
import { paths } from "../../state/paths.ts";
import { mayReadHistory } from "../../state/session.ts";
import "../../components/basic/json.ts";

/** An event as it is in the log, with a link to what caused it. Only events of FLEET have causes. */
export function rawEvent(event: EventResource) {
  return html`<div class="raw">
    ${
      event.stream === "FLEET" && mayReadHistory()
        ? html`<a href=${paths.chain(event.id)}>What caused it, and what it caused</a>`
        : nothing
    }
    <fl-json .value=${event} what="event"></fl-json>
  </div>`;
}
