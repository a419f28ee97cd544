import { html } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import type { TagsInput } from "../../../components/fields/tags-input.ts";
import { changeDevice, getDevice } from "../../../data/devices.ts";
import { BulkDialog } from "./bulk-dialog.ts";
import "../../../components/fields/tags-input.ts";

@customElement("fl-bulk-tags")
export class BulkTags extends BulkDialog {
  @state() private mode: "add" | "remove" = "add";
  @query("fl-tags-input") private readonly field!: TagsInput;

  protected get heading(): string {
    return `Tag ${this.count}`;
  }

  protected get action(): string {
    return this.mode === "add" ? "Add tags" : "Remove tags";
  }

  protected override question() {
    return html`<fieldset class="choice">
        <legend class="visually-hidden">What to do</legend>
        ${this.#choice("add", "Add")} ${this.#choice("remove", "Remove")}
      </fieldset>
      <div class="field">
        <span>Tags</span>
        <fl-tags-input></fl-tags-input>
        <p class="hint">Enter, comma or space ends a tag. A device's other tags stay.</p>
      </div>`;
  }

  #choice(mode: BulkTags["mode"], text: string) {
    return html`<label
      ><input
        type="radio"
        name="mode"
        .checked=${this.mode === mode}
        @change=${() => {
          this.mode = mode;
        }}
      />${text}</label
    >`;
  }

  protected override async prepare() {
    const tags = this.field.collect();
    if (tags.length === 0) {
      this.field.focus();
      return undefined;
    }
    const { mode } = this;
    return async (id: string) => {
      const { tags: present } = await getDevice(id);
      const rest = present.filter((tag) => !tags.includes(tag));
      const next = mode === "add" ? [...present, ...tags.filter((tag) => !present.includes(tag))] : rest;
      if (next.length !== present.length) await changeDevice(id, { tags: next });
    };
  }
}
