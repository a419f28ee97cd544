import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { type ConfigurationRevision, listRevisions, MOST_REVISIONS } from "../../../data/configuration.ts";
import { Query } from "../../../state/query.ts";
import { base, buttons } from "../../../styles/shared.ts";
import "../../../components/basic/json.ts";
import "../../../components/basic/loading.ts";
import "../../../components/basic/notice.ts";
import "../../../components/basic/time.ts";
import "../../../components/people/by.ts";

const PAGE = 10;

/** The newest revisions of a device's configuration. Event `restore` (the revision). */
@customElement("fl-configuration-revisions")
export class ConfigurationRevisions extends LitElement {
  static override styles = [
    base,
    buttons,
    css`
      li {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-2);
        padding: var(--space-2) 0;
        border-top: 1px solid var(--border);
      }
      .end {
        margin-left: auto;
      }
      summary {
        width: fit-content;
        cursor: pointer;
        color: var(--text-quiet);
      }
    `,
  ];

  @property() device = "";
  /** The revision that is set now. A newer one makes the list load again. */
  @property({ type: Number }) current = 0;
  /** Whether older revisions can be set again. */
  @property({ type: Boolean }) restorable = false;
  @state() private limit = PAGE;
  readonly #revisions = new Query(this, {
    args: () => ({ device: this.device, limit: this.limit, current: this.current }),
    load: ({ device, limit }, signal) => listRevisions(device, limit, signal),
    keep: true,
  });

  protected override render() {
    const { data, error, loading } = this.#revisions;
    if (error && !data) return html`<fl-error .error=${error} @retry=${() => this.#revisions.reload()}></fl-error>`;
    if (!data) return html`<fl-loading></fl-loading>`;
    return html`<ul>
        ${data.items.map((one) => this.#item(one))}
      </ul>
      ${data.next ? this.#more(loading) : nothing}`;
  }

  #item(one: ConfigurationRevision) {
    const { revision, setBy, setAt, reason, restored, values } = one;
    const why = [reason, restored && `the values of revision ${restored}`].filter(Boolean).join(", ");
    return html`<li>
      <strong>Revision ${revision}</strong>
      <span>set by <fl-by by=${setBy}></fl-by>${why ? ` (${why})` : ""}</span>
      <span class="quiet"><fl-time at=${setAt}></fl-time></span>
      ${
        !this.restorable
          ? nothing
          : revision === this.current
            ? html`<span class="faint end">set now</span>`
            : html`<button
                class="button small end"
                aria-label="Restore revision ${revision}"
                @click=${() => this.dispatchEvent(new CustomEvent("restore", { detail: one }))}
              >
                Restore
              </button>`
      }
      <details>
        <summary>Values</summary>
        <fl-json .value=${values} what="values of revision ${revision}"></fl-json>
      </details>
    </li>`;
  }

  #more(loading: boolean) {
    if (this.limit >= MOST_REVISIONS)
      return html`<p class="faint">Only the newest ${MOST_REVISIONS} are shown. The API has all of them.</p>`;
    return html`<button
      class="button small"
      ?disabled=${loading}
      @click=${() => {
        this.limit += PAGE;
      }}
    >
      Show older revisions
    </button>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-configuration-revisions": ConfigurationRevisions;
  }
}
