import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { failureNote } from "../../components/basic/notice.ts";
import { confirm } from "../../components/dialogs/confirm.ts";
import { sessionInfo } from "../../state/session.ts";
import { base, buttons, fields } from "../../styles/shared.ts";
import type { NamedQuery } from "./examples.ts";
import { removeQuery, savedQueries, saveQuery } from "./saved.ts";
import "../../components/basic/icon.ts";

/** Queries that this browser keeps. Event `open`: the statement of the chosen query. */
@customElement("fl-sql-saved")
export class SqlSaved extends LitElement {
  static override styles = [
    base,
    buttons,
    fields,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: var(--space-2);
      }
      form,
      li {
        display: flex;
        gap: var(--space-2);
      }
      li .button:first-child {
        flex: 1;
        justify-content: start;
        min-width: 0;
      }
      form .button {
        flex: none;
      }
    `,
  ];

  /** The statement to save. */
  @property() sql = "";
  @state() private queries: readonly NamedQuery[] = [];
  @state() private fault: string | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#read();
  }

  protected override render() {
    return html`<p class="hint">In this browser only, for you.</p>
      ${
        this.queries.length === 0
          ? nothing
          : html`<ul aria-label="Saved queries">
              ${this.queries.map(
                ({ name, sql }) =>
                  html`<li>
                    <button class="button" title=${sql} @click=${() => this.#open(sql)}><span class="truncate">${name}</span></button>
                    <button class="button icon" aria-label="Remove ${name}" title="Remove" @click=${() => this.#remove(name)}>
                      <fl-icon name="trash"></fl-icon>
                    </button>
                  </li>`,
              )}
            </ul>`
      }
      <form @submit=${this.#save}>
        <input aria-label="Name of the query" placeholder="Name" maxlength="100" autocomplete="off" required />
        <button class="button" ?disabled=${this.sql.trim() === ""}>Save</button>
      </form>
      ${failureNote(this.fault)}`;
  }

  get #person(): string {
    return sessionInfo()?.operator.id ?? "";
  }

  #read(): void {
    this.queries = savedQueries(this.#person);
  }

  #open(sql: string): void {
    this.dispatchEvent(new CustomEvent("open", { detail: sql }));
  }

  async #remove(name: string): Promise<void> {
    const body = "It is saved in this browser only.";
    if (!(await confirm({ heading: `Remove ${name}?`, body, action: "Remove" }))) return;
    removeQuery(this.#person, name);
    this.#read();
  }

  readonly #save = (event: SubmitEvent): void => {
    event.preventDefault();
    const field = this.renderRoot.querySelector("input");
    const name = field?.value.trim() ?? "";
    if (field === null || name === "") return;
    const kept = saveQuery(this.#person, { name, sql: this.sql });
    this.fault = kept ? undefined : "The query is not saved: this browser has no room for it.";
    if (kept) field.value = "";
    this.#read();
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-sql-saved": SqlSaved;
  }
}
