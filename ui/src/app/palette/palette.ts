import { html, LitElement, nothing } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { Query } from "../../state/query.ts";
import { Typing } from "../../state/typing.ts";
import { base, fields } from "../../styles/shared.ts";
import { deviceEntries, type Entry, knownEntries, matching } from "./entries.ts";
import { paletteStyles } from "./styles.ts";
import "../../components/basic/icon.ts";

@customElement("fl-palette")
export class Palette extends LitElement {
  static override styles = [base, fields, paletteStyles];

  @state() private text = "";
  @state() private search = "";
  @state() private active = 0;
  @query("dialog") private readonly dialog!: HTMLDialogElement;
  readonly #typing = new Typing(() => {
    this.search = this.text;
  });
  readonly #known = knownEntries();
  readonly #devices = new Query(this, {
    args: () => this.search.trim() || undefined,
    load: deviceEntries,
    keep: true,
  });

  protected override firstUpdated(): void {
    this.dialog.showModal();
  }

  protected override updated(): void {
    this.renderRoot.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }

  protected override render() {
    const entries = this.#entries();
    const current = entries[this.active];
    return html`<dialog aria-label="Find a device or an action" @close=${() => this.dispatchEvent(new Event("closed"))} @click=${this.#outside}>
      <div class="top">
        <fl-icon name="search"></fl-icon>
        <input
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls="list"
          aria-autocomplete="list"
          aria-label="Find a device or an action"
          aria-activedescendant=${current ? `entry-${this.active}` : nothing}
          placeholder="Device id, name, tag, model… or a page"
          autocomplete="off"
          spellcheck="false"
          autofocus
          .value=${this.text}
          @input=${this.#typed}
          @keydown=${this.#key}
        />
        <kbd>Esc</kbd>
      </div>
      <div id="list" role="listbox" aria-label="Results">${this.#list(entries)}</div>
      ${entries.length === 0 ? html`<p class="none" role="status">${this.#none()}</p>` : nothing}
    </dialog>`;
  }

  #entries(): readonly Entry[] {
    const known = matching(this.#known, this.text);
    const devices = this.text.trim() === "" ? [] : (this.#devices.data ?? []);
    return [...devices, ...known];
  }

  #list(entries: readonly Entry[]) {
    let group = "";
    return entries.map((entry, index) => {
      const heading =
        entry.group === group ? nothing : html`<div class="group" role="presentation">${entry.group}</div>`;
      group = entry.group;
      return html`${heading}
        <div
          id="entry-${index}"
          role="option"
          class="entry"
          aria-selected=${index === this.active}
          @pointermove=${() => {
            this.active = index;
          }}
          @click=${() => this.#run(entry)}
        >
          <fl-icon .name=${entry.icon}></fl-icon>
          <span class="truncate">${entry.text}</span>
          <span class="detail truncate">${entry.detail ?? ""}</span>
        </div>`;
    });
  }

  #none(): string {
    if (this.#devices.loading || this.search !== this.text) return "Searching…";
    return this.#devices.error?.message ?? `Nothing matches “${this.text}”.`;
  }

  readonly #typed = (event: InputEvent): void => {
    this.text = (event.target as HTMLInputElement).value;
    this.active = 0;
    this.#typing.typed();
  };

  readonly #key = (event: KeyboardEvent): void => {
    const entries = this.#entries();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && entries.length > 0) {
      event.preventDefault();
      this.active = (this.active + step + entries.length) % entries.length;
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      const entry = entries[this.active];
      if (entry) this.#run(entry);
    }
  };

  readonly #outside = (event: MouseEvent): void => {
    if (event.target === this.dialog) this.dialog.close();
  };

  #run(entry: Entry): void {
    this.dialog.close();
    entry.run();
  }
}
