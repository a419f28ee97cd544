import { css, html, LitElement } from "lit";
import { customElement, state } from "lit/decorators.js";
import { confirm } from "../../components/dialogs/confirm.ts";
import { queriedList, showMore } from "../../components/lists/queried-list.ts";
import { bytes } from "../../components/text/numbers.ts";
import {
  type ArtifactPage,
  type ArtifactResource,
  deleteArtifact,
  downloadUrl,
  listArtifacts,
} from "../../data/artifacts.ts";
import { Query } from "../../state/query.ts";
import { notify, notifyError } from "../../state/toasts.ts";
import { WatchController } from "../../state/watch.ts";
import { listPages, pages } from "../../styles/page.ts";
import { base, buttons, cards, fields } from "../../styles/shared.ts";
import "../../components/basic/copy.ts";
import "../../components/basic/icon.ts";
import "../../components/basic/notice.ts";
import "../../components/basic/time.ts";
import "./upload-card.ts";
import "../../components/people/by.ts";

const PAGE = 100;
const MAX_VERSIONS = 1_000;

@customElement("fl-artifacts-page")
export class ArtifactsPage extends LitElement {
  static override styles = [
    base,
    buttons,
    cards,
    fields,
    pages,
    listPages,
    css`
      li {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        gap: var(--space-1) var(--space-3);
        padding: var(--space-3) var(--space-4);
        border-top: 1px solid var(--border);
      }
      h2 {
        overflow-wrap: anywhere;
      }
      .facts {
        display: flex;
        flex-wrap: wrap;
        gap: 0 var(--space-3);
        color: var(--text-quiet);
      }
      .hash {
        display: flex;
        align-items: center;
        grid-column: 1 / -1;
        min-width: 0;
        gap: var(--space-1);
        white-space: nowrap;
        color: var(--text-faint);
        font-size: var(--size-small);
      }
      code {
        min-width: 0;
        overflow: hidden;
        text-overflow: ellipsis;
      }
      .actions {
        display: flex;
        align-items: start;
        gap: var(--space-2);
      }
      .more {
        padding: var(--space-3);
        text-align: center;
      }
    `,
  ];

  @state() private search = "";
  @state() private limit = PAGE;
  readonly #list = new Query<{ search: string; limit: number }, ArtifactPage>(this, {
    args: () => ({ search: this.search, limit: this.limit }),
    load: (query, signal) => listArtifacts(query, signal),
    keep: true,
  });

  constructor() {
    super();
    new WatchController(
      this,
      () => ({ topic: "artifacts" }),
      () => this.#list.reload(),
    );
  }

  protected override render() {
    return html`<header class="page-head"><h1>Artifacts</h1></header>
      <fl-upload-card @uploaded=${() => this.#list.reload()}></fl-upload-card>
      <section class="card" aria-label="Versions">
        <div class="filters">
          <input type="search" aria-label="Filter by name and version" placeholder="Name or version" .value=${this.search} @input=${this.#filter} />
        </div>
        ${this.#content()}
      </section>`;
  }

  #content() {
    const empty = html`<fl-empty icon="artifact" heading="No artifacts yet">Upload a file for your devices, such as firmware.</fl-empty>`;
    const { items = [], total = 0 } = this.#list.data ?? {};
    return html`${queriedList({
      query: this.#list,
      empty: this.search === "" ? empty : undefined,
      noun: "version",
      label: "Versions",
      key: ({ account, name, version }) => `${account}/${name}/${version}`,
      item: (item) => this.#item(item),
    })}
    ${showMore(total > items.length && this.limit < MAX_VERSIONS, () => {
      this.limit = MAX_VERSIONS;
    })}`;
  }

  #item(item: ArtifactResource) {
    const { name, version, size, sha256, sha1, storedAt, storedBy } = item;
    return html`<li>
      <div>
        <h2>${name} ${version}</h2>
        <span class="facts"><span>${bytes(size)}</span><span><fl-time at=${storedAt}></fl-time> by <fl-by by=${storedBy}></fl-by></span></span>
      </div>
      <div class="actions">
        <a class="button small" href=${downloadUrl(item)} download>Download</a>
        <button class="button small" aria-label="Delete ${name} ${version}" @click=${() => this.#delete(item)}>Delete</button>
      </div>
      <span class="hash">SHA-256 <code>${sha256}</code><fl-copy .text=${sha256} what="SHA-256 of ${name} ${version}"></fl-copy></span>
      <span class="hash">SHA-1 <code>${sha1}</code><fl-copy .text=${sha1} what="SHA-1 of ${name} ${version}"></fl-copy></span>
    </li>`;
  }

  readonly #filter = (event: Event): void => {
    this.search = (event.target as HTMLInputElement).value;
  };

  async #delete(item: ArtifactResource): Promise<void> {
    const what = `${item.name} ${item.version}`;
    const agreed = await confirm({
      heading: `Delete ${what}?`,
      body: "Links to it end. Only the same bytes can be uploaded as this version again.",
      action: `Delete ${what}`,
    });
    if (!agreed) return;
    try {
      await deleteArtifact(item);
      notify("good", `Deleted ${what}`);
      this.#list.reload();
    } catch (error) {
      notifyError(`${what} could not be deleted`, error);
    }
  }
}
