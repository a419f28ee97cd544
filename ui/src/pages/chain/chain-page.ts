import { html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { copyAndNotify } from "../../components/basic/copy.ts";
import { notForRole } from "../../components/history/history-role.ts";
import { counted } from "../../components/text/numbers.ts";
import { type Chain, chainAsMermaid, chainOf } from "../../data/history.ts";
import { personNames } from "../../state/person-names.ts";
import { Query } from "../../state/query.ts";
import { mayReadHistory } from "../../state/session.ts";
import { Shortcuts } from "../../state/shortcuts.ts";
import { StoreController } from "../../state/store.ts";
import { notifyError } from "../../state/toasts.ts";
import { pages } from "../../styles/page.ts";
import { base, buttons, cards } from "../../styles/shared.ts";
import { branchItem } from "./node.ts";
import { chainPageStyles } from "./styles.ts";
import { treesOf } from "./tree.ts";
import "../../components/basic/loading.ts";
import "../../components/history/history-sections.ts";
import "../../components/basic/icon.ts";
import "../../components/basic/notice.ts";

/** The causes and the effects of an event or a command. */
@customElement("fl-chain-page")
export class ChainPage extends LitElement {
  static override styles = [base, buttons, cards, pages, chainPageStyles];

  /** Id of the event or the command. */
  @property() event = "";
  @state() private whole = false;
  @state() private copying = false;
  readonly #chain = new Query<{ readonly id: string; readonly whole: boolean }, Chain>(this, {
    args: () => (this.event && mayReadHistory() ? { id: this.event, whole: this.whole } : undefined),
    load: ({ id, whole }, signal) => chainOf(id, whole, signal),
    keep: () => this.whole,
  });

  constructor() {
    super();
    new StoreController(this, personNames);
    const group = "Chain";
    new Shortcuts(this, [
      { keys: "y", does: "Copy it as Mermaid", group, run: () => void this.#copyMermaid() },
      { keys: "j", does: "Copy it as JSON", group, run: () => void this.#copyJson() },
    ]);
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has("event")) this.whole = false;
  }

  protected override render() {
    if (!mayReadHistory()) return notForRole("Causes are not for your role");
    const { data, error } = this.#chain;
    if (error?.status === 404) return this.#unknown();
    return html`<header class="page-head">
        <h1>Cause and effect</h1>
        ${data ? this.#actions() : nothing}
      </header>
      <fl-history-sections></fl-history-sections>
      ${error ? html`<fl-error alone .error=${error} @retry=${() => this.#chain.reload()}></fl-error>` : this.#card(data)}`;
  }

  #actions() {
    return html`<span class="end">
      <button class="button" ?disabled=${this.copying} @click=${this.#copyMermaid}>
        <fl-icon name="copy"></fl-icon>Copy as Mermaid
      </button>
      <button class="button" @click=${this.#copyJson}><fl-icon name="copy"></fl-icon>Copy as JSON</button>
    </span>`;
  }

  #card(chain: Chain | undefined) {
    if (chain === undefined) return html`<fl-loading from="historian"></fl-loading>`;
    return html`<p class="quiet">
        Causes are above their effects. The link of a device shows it as it was after the event.
      </p>
      <section class="card" aria-label="Chain">
        <div class="card-body">
          ${chain.truncated ? this.#truncated() : nothing} ${hiddenNote(chain)}
          <ol aria-label="Causes and their effects">
            ${treesOf(chain).map((tree) => branchItem(tree, chain.start))}
          </ol>
        </div>
      </section>`;
  }

  #truncated() {
    return html`<p class="note">
      <span>There is more than is shown here.</span>
      ${
        this.whole
          ? "Open the chain of a later event to go on."
          : html`<button class="button small" ?disabled=${this.#chain.loading} @click=${this.#showWhole}>Show more</button>`
      }
    </p>`;
  }

  #unknown() {
    return html`<fl-empty alone icon="search" heading="There is no such event">
      The log has no event or command ${this.event} that you may see. Reports of telemetry have no chain.
    </fl-empty>`;
  }

  readonly #showWhole = (): void => {
    this.whole = true;
  };

  readonly #copyJson = async (): Promise<void> => {
    const { data } = this.#chain;
    if (data !== undefined) await copyAndNotify(JSON.stringify(data, null, 2), "chain as JSON");
  };

  readonly #copyMermaid = async (): Promise<void> => {
    if (this.#chain.data === undefined || this.copying) return;
    this.copying = true;
    try {
      await copyAndNotify(await chainAsMermaid(this.event, this.whole), "chain as Mermaid");
    } catch (error) {
      notifyError("The chain could not be read", error);
    }
    this.copying = false;
  };
}

function hiddenNote({ nodes }: Chain) {
  const hidden = nodes.filter(({ kind }) => kind === "hidden").length;
  if (hidden === 0) return nothing;
  const [verb, object] = hidden === 1 ? ["has", "it"] : ["have", "them"];
  return html`<p class="note">${counted(hidden, "event")} in between ${verb} no content, because you may not see ${object}.</p>`;
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-chain-page": ChainPage;
  }
}
