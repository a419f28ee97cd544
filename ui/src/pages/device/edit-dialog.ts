import { html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { explained } from "../../components/basic/notice.ts";
import type { TagsInput } from "../../components/fields/tags-input.ts";
import { changeDevice, type DeviceDetail } from "../../data/devices.ts";
import { asApiError } from "../../data/problem.ts";
import { base, buttons, fields } from "../../styles/shared.ts";
import "../../components/basic/icon.ts";
import "../../components/dialogs/dialog.ts";
import "../../components/fields/tags-input.ts";

/** Edits name and tags of a device. Events `closed` and `saved`. */
@customElement("fl-edit-dialog")
export class EditDialog extends LitElement {
  static override styles = [base, buttons, fields];

  /** The device at the start of the edit. */
  @property({ attribute: false }) device!: Pick<DeviceDetail, "id" | "name" | "tags">;
  /** Error texts by field; `form` for an error without a field. */
  @state() private faults: Readonly<Partial<Record<"name" | "tags" | "form", string>>> = {};
  @query("#name") private readonly nameField!: HTMLInputElement;
  @query("fl-tags-input") private readonly tagsField!: TagsInput;

  protected override render() {
    const { id, name, tags } = this.device;
    return html`<fl-dialog heading="Edit ${id}" @closed=${this.#close}>
      <div class="field">
        <label for="name">Name</label>
        <input
          id="name"
          type="text"
          autocomplete="off"
          autofocus
          .value=${name ?? ""}
          aria-invalid=${this.faults.name ? "true" : nothing}
          aria-describedby="name-fault"
          @keydown=${this.#key}
        />
        <p class="fault" id="name-fault" ?hidden=${!this.faults.name}>${this.faults.name}</p>
      </div>
      <div class="field">
        <span>Tags</span>
        <fl-tags-input .initial=${tags}></fl-tags-input>
        <p class=${this.faults.tags ? "fault" : "hint"}>${this.faults.tags ?? "Enter, comma or space ends a tag."}</p>
      </div>
      <div role="alert" ?hidden=${!this.faults.form}>
        <p class="failure"><fl-icon name="alert"></fl-icon><span>${this.faults.form}</span></p>
      </div>
      <button slot="footer" class="button" @click=${this.#close}>Cancel</button>
      <button slot="footer" class="button primary" @click=${this.#save}>Save</button>
    </fl-dialog>`;
  }

  readonly #close = (): void => {
    this.dispatchEvent(new Event("closed"));
  };

  readonly #save = async (): Promise<void> => {
    const name = this.nameField.value.trim();
    const tags = this.tagsField.collect();
    const { device } = this;
    // The request has only edited values, because another person may have changed the others meanwhile.
    const renamed = name !== (device.name ?? "");
    const tagged = tags.join() !== device.tags.join();
    try {
      const change = { ...(renamed && { name: name || null }), ...(tagged && { tags: [...tags] }) };
      if (renamed || tagged) await changeDevice(device.id, change);
      this.dispatchEvent(new Event("saved"));
    } catch (thrown) {
      this.#refused(thrown);
    }
  };

  #refused(thrown: unknown): void {
    const error = asApiError(thrown);
    const { field = "" } = error;
    const text = explained(error);
    if (/^name\b/.test(field)) {
      this.faults = { name: text };
      this.nameField.focus();
    } else if (/^tags\b/.test(field)) {
      this.faults = { tags: text };
      this.tagsField.focus();
    } else this.faults = { form: `The device was not changed. ${text}` };
  }

  readonly #key = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && !event.isComposing) void this.#save();
  };
}
