import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { type GroupResource, listGroups } from "../../data/configuration.ts";
import { Query } from "../../state/query.ts";
import { base, fields } from "../../styles/shared.ts";

export interface ChosenGroup {
  /** "": all devices. */
  readonly group: string;
  /** The group's account. */
  readonly account: string;
}

/** Chooses a group, or all devices; hidden while there are no groups. Event `group` ({@link ChosenGroup}). */
@customElement("fl-group-select")
export class GroupSelect extends LitElement {
  static override styles = [
    base,
    fields,
    css`
      :host([hidden]) {
        display: none;
      }
      .on {
        border-color: var(--accent);
        background-color: var(--selected);
      }
    `,
  ];

  @property() group = "";
  /** "": `group` is the only group of its name. */
  @property() account = "";
  @property() label = "Group";
  /** In a form the label is visible, as those of the other fields. */
  @property({ type: Boolean }) labelled = false;
  readonly #groups = new Query<"groups", readonly GroupResource[]>(this, {
    args: () => "groups",
    load: async (_, signal) => (await listGroups(signal)).items,
  });

  protected override willUpdate(): void {
    this.hidden = this.group === "" && (this.#groups.data ?? []).length === 0;
  }

  protected override render() {
    const { group, account } = this;
    const groups = this.#groups.data ?? [];
    const isChosen = (one: GroupResource) => one.name === group && (account === "" || one.account === account);
    const isListed = group === "" || groups.some(isChosen);
    const select = html`<select
      id="group"
      class=${group === "" ? "" : "on"}
      aria-label=${this.labelled ? nothing : this.label}
      @change=${this.#chosen}
    >
      <option value="" .selected=${group === ""}>All groups</option>
      ${isListed ? nothing : html`<option value="${account}/${group}" selected>${group}</option>`}
      ${groups.map(
        (one) =>
          html`<option value="${one.account}/${one.name}" .selected=${isChosen(one)}>
            ${one.account === "main" ? one.name : `${one.name} (${one.account})`}
          </option>`,
      )}
    </select>`;
    return this.labelled ? html`<div class="field"><label for="group">${this.label}</label>${select}</div>` : select;
  }

  readonly #chosen = (event: Event): void => {
    const { value } = event.target as HTMLSelectElement;
    const slash = value.indexOf("/");
    const detail: ChosenGroup = { account: value.slice(0, Math.max(slash, 0)), group: value.slice(slash + 1) };
    this.dispatchEvent(new CustomEvent("group", { detail }));
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-group-select": GroupSelect;
  }
}
