import { html } from "lit";
import "../../components/basic/icon.ts";

/** The button to edit a device, on a page that shows the past. */
export const EDIT_OFF = html`<button class="button edit" disabled title="Off in the past" aria-label="Edit: off in the past">
  <fl-icon name="edit"></fl-icon><span>Edit</span>
</button>`;
