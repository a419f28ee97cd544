import { css, html, LitElement, nothing } from "lit";
import { customElement } from "lit/decorators.js";
import { confirm } from "../../components/dialogs/confirm.ts";
import { queriedList } from "../../components/lists/queried-list.ts";
import { plainFailure } from "../../components/updates/catalogue-failure.ts";
import { showScanDialog } from "../../components/updates/scan-dialog.ts";
import { troubleStyles } from "../../components/updates/updates.ts";
import { type CataloguePage, type CatalogueResource, deleteCatalogue, listCatalogues } from "../../data/catalogues.ts";
import { gatewayNow } from "../../state/clock.ts";
import { paths } from "../../state/paths.ts";
import { Query } from "../../state/query.ts";
import { hasRole, sessionInfo } from "../../state/session.ts";
import { notify, notifyError } from "../../state/toasts.ts";
import { WatchController } from "../../state/watch.ts";
import { listEntries } from "../../styles/list-entries.ts";
import { listPages, pages } from "../../styles/page.ts";
import { base, buttons, cards } from "../../styles/shared.ts";
import { showCatalogueDialog } from "./catalogue-dialog.ts";
import { fileNameOf, SOURCES, sourceOf } from "./fields.ts";
import { timesText } from "./next-times.ts";
import { nextTimes, scheduleText } from "./schedule.ts";
import { showTryDialog } from "./try-dialog.ts";
import "../../components/basic/badge.ts";
import "../../components/basic/icon.ts";
import "../../components/basic/notice.ts";
import "../../components/basic/time.ts";
import "../../components/updates/updates-sections.ts";

/** The catalogues, and whether they answer. */
@customElement("fl-catalogues-page")
export class CataloguesPage extends LitElement {
  static override styles = [
    base,
    buttons,
    cards,
    pages,
    listPages,
    listEntries,
    troubleStyles,
    css`
      li {
        display: flex;
        flex-wrap: wrap;
        align-items: flex-start;
        gap: var(--space-2) var(--space-4);
        padding: var(--space-3) var(--space-4);
        border-top: 1px solid var(--border);
      }
      .about {
        flex-basis: 22rem;
      }
      .actions {
        display: flex;
        flex-wrap: wrap;
        gap: var(--space-2);
      }
    `,
  ];

  readonly #catalogues = new Query<"catalogues", CataloguePage>(this, {
    args: () => "catalogues",
    load: (_, signal) => listCatalogues(signal),
    keep: true,
  });
  protected readonly watch = new WatchController(
    this,
    () => ({ topic: "catalogues" }),
    () => this.#catalogues.reload(),
  );

  protected override render() {
    const mayChange = hasRole("owner", "admin");
    return html`<header class="page-head">
        <h1>Catalogues</h1>
        ${
          mayChange
            ? html`<span class="end"
                ><button class="button primary" ?disabled=${!this.#catalogues.data} @click=${() => this.#edit()}>
                  <fl-icon name="plus"></fl-icon>Add catalogue
                </button></span
              >`
            : nothing
        }
      </header>
      <fl-updates-sections here=${paths.catalogues}></fl-updates-sections>
      <section class="card" aria-label="Catalogues">
        ${queriedList({
          query: this.#catalogues,
          empty: html`<fl-empty icon="refresh" heading="No catalogues yet">
            A catalogue lists the firmware and software of your devices: the vendor's, or a signed list of your own.
            ${mayChange ? nothing : "The owner of the account can add one."}
            ${
              mayChange
                ? html`<button slot="action" class="button primary" @click=${() => this.#edit()}>Add a catalogue</button>`
                : nothing
            }
          </fl-empty>`,
          noun: "catalogue",
          label: "Catalogues",
          key: ({ account, name }) => `${account}/${name}`,
          item: (one) => this.#item(one, mayChange),
        })}
      </section>`;
  }

  #item(one: CatalogueResource, mayChange: boolean) {
    const { name, account, url, description, models, enabled } = one;
    const source = sourceOf(one);
    const foreign = account === sessionInfo()?.account ? "" : ` in ${account}`;
    return html`<li>
      <div class="about">
        <h2>${name}${this.#health(one)}${enabled ? nothing : html`<fl-badge icon="minus">switched off</fl-badge>`}</h2>
        <span>${SOURCES[source].title}${foreign}: ${source === "file" ? fileNameOf(url) : url}</span>
        ${description ? html`<span class="quiet">${description}</span>` : nothing}
        <span class="quiet">${models ? `Models: ${models.join(", ")}` : "For all models"}</span>
        ${this.#schedule(one)} ${this.#trouble(one)}
      </div>
      <div class="actions">
        <button class="button" aria-label="Try ${name}" ?disabled=${!enabled} @click=${() => showTryDialog(one)}>Try</button>
        <button class="button" aria-label="Scan with ${name}" ?disabled=${!enabled} @click=${() => this.#scan(one)}>Scan…</button>
        ${
          mayChange
            ? html`<button class="button" aria-label="Edit ${name}" @click=${() => this.#edit(one)}>Edit</button>
                <button class="button" aria-label="Delete ${name}" @click=${() => this.#delete(one)}>Delete</button>`
            : nothing
        }
      </div>
    </li>`;
  }

  #health({ health }: CatalogueResource) {
    if (health?.state === "failing") return html`<fl-badge tone="danger" icon="fail">failing</fl-badge>`;
    if (health?.state === "working") return html`<fl-badge tone="good" icon="check-circle">works</fl-badge>`;
    return html`<fl-badge icon="dashed">not asked yet</fl-badge>`;
  }

  #schedule({ schedule, enabled }: CatalogueResource) {
    if (schedule === undefined) return html`<span class="quiet">No schedule</span>`;
    const times = enabled ? (nextTimes(schedule, gatewayNow(), 2) ?? []) : [];
    return html`<span class="quiet"
      >Scans all devices ${scheduleText(schedule)}${times.length > 0 ? `. Next: ${timesText(times)}` : nothing}</span
    >`;
  }

  #trouble({ health }: CatalogueResource) {
    const { state, answeredAt, failedAt, reason, category, model } = health ?? {};
    const answered = answeredAt && html`<span class="quiet">Last answer <fl-time at=${answeredAt}></fl-time></span>`;
    if (state !== "failing" || reason === undefined) return answered ?? nothing;
    const { text, advice } = plainFailure(reason);
    const about = [category, model && `model ${model}`].filter(Boolean).join(" of ");
    return html`<div class="trouble">
        <strong>${text}</strong>
        ${advice ? html`<span>${advice}</span>` : nothing}
        <span>Failed <fl-time at=${failedAt ?? ""}></fl-time>${about ? `, when it was asked for ${about}` : nothing}</span>
      </div>
      ${answered ?? nothing}`;
  }

  async #edit(catalogue?: CatalogueResource): Promise<void> {
    const own = (this.#catalogues.data?.items ?? []).filter(({ account }) => account === sessionInfo()?.account);
    const saved = await showCatalogueDialog(
      catalogue,
      own.map(({ name }) => name),
    );
    if (saved === undefined) return;
    this.#catalogues.reload();
    notify("good", `${saved.catalogue.name} is saved`);
    if (saved.isTried) await showTryDialog(saved.catalogue);
  }

  async #scan(one: CatalogueResource): Promise<void> {
    if ((await showScanDialog({ catalogue: one })) === undefined) return;
    notify("good", "The scan has started", { detail: "Its progress is on the page Scans." });
  }

  async #delete(one: CatalogueResource): Promise<void> {
    const body =
      "Its client key is deleted, and scans do not ask it any more. What it has listed for devices stays until the next scan.";
    if (!(await confirm({ heading: `Delete ${one.name}?`, body, action: "Delete catalogue" }))) return;
    try {
      await deleteCatalogue(one);
      notify("good", `${one.name} is deleted`);
    } catch (error) {
      notifyError(`${one.name} could not be deleted`, error);
    }
    this.#catalogues.reload();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-catalogues-page": CataloguesPage;
  }
}
