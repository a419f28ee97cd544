import { html, LitElement, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { download } from "../../components/basic/download.ts";
import { confirm } from "../../components/dialogs/confirm.ts";
import { counted, percent } from "../../components/text/numbers.ts";
import {
  getImport,
  type ImportReport,
  type ImportSummary,
  importCredentials,
  listImports,
} from "../../data/imports.ts";
import { paths } from "../../state/paths.ts";
import { Query } from "../../state/query.ts";
import { notifyError } from "../../state/toasts.ts";
import { listPages, pages } from "../../styles/page.ts";
import { base, buttons, cards, fields } from "../../styles/shared.ts";
import { importsStyles } from "./styles.ts";
import "../../components/basic/icon.ts";
import "../../components/basic/loading.ts";
import "../../components/basic/meter.ts";
import "../../components/basic/notice.ts";
import "../../components/onboarding/onboarding-sections.ts";
import "../../components/basic/time.ts";
import "./upload-form.ts";
import "../../components/people/by.ts";

const POLL_MS = 1_000;
const SHOWN = 100;

@customElement("fl-imports-page")
export class ImportsPage extends LitElement {
  static override styles = [base, buttons, cards, fields, pages, listPages, importsStyles];

  @state() private report: ImportReport | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #list = new Query<"imports", readonly ImportSummary[]>(this, {
    args: () => "imports",
    load: (_, signal) => listImports(signal),
    keep: true,
    loaded: (all) => this.#follow(all),
  });

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  protected override render() {
    const { data, error } = this.#list;
    const retry = () => this.#list.reload();
    return html`<header class="page-head"><h1>Imports</h1></header>
      <fl-onboarding-sections here=${paths.imports}></fl-onboarding-sections>
      <fl-upload-form @started=${() => this.#list.reload()}></fl-upload-form>
      <section class="card" aria-label="Imports of the last seven days">
        ${error ? html`<fl-error .error=${error} @retry=${retry}></fl-error>` : nothing}
        ${
          data === undefined
            ? html`<fl-loading></fl-loading>`
            : data.length === 0
              ? html`<fl-empty icon="database" heading="No imports yet">Check a file first, then import it.</fl-empty>`
              : html`<ul aria-label="Imports">${repeat(
                  data,
                  ({ id }) => id,
                  (one) => this.#item(one),
                )}</ul>`
        }
      </section>`;
  }

  #item(one: ImportSummary) {
    const { id, kind, dryRun, state: at, rows, done, created, failed, startedAt, startedBy, waitingFor } = one;
    const share = done / rows;
    const text =
      at === "running"
        ? `${percent(share)} of ${counted(rows, "row")}`
        : at === "stopped"
          ? `${done.toLocaleString()} of ${counted(rows, "row")}`
          : counted(rows, "row");
    return html`<li>
      <div>
        <strong>${dryRun ? "Check" : "Import"} of ${kind === "devices" ? "devices" : "provision requests"}: ${text}</strong>
        <span role="status">${created.toLocaleString()} ${dryRun ? "could be created" : "created"}, ${failed.toLocaleString()} failed</span>
        <div class="quiet"><fl-time at=${startedAt}></fl-time> by <fl-by by=${startedBy}></fl-by></div>
      </div>
      <div class="actions">
        ${failed > 0 ? html`<button class="button small" @click=${() => this.#show(id)}>Show failures</button>` : nothing}
        ${one.credentials === "available" ? html`<button class="button small" @click=${() => this.#download(one)}>Download credentials</button>` : nothing}
      </div>
      ${at === "running" ? html`<fl-meter value=${share} label="Progress" text=${percent(share)}></fl-meter>` : nothing}
      ${waitingFor === undefined ? nothing : html`<p class="quiet">Waiting: ${waitingFor}</p>`}
      ${at === "stopped" ? html`<p class="quiet">Stopped: whoever started it may no longer import. The other rows are not imported.</p>` : nothing}
      ${this.report?.id === id ? this.#failures(this.report) : nothing}
    </li>`;
  }

  #failures({ failures }: ImportReport) {
    return html`<table>
      <thead><tr><th scope="col">Row</th><th scope="col">Id</th><th scope="col">Column</th><th scope="col">Why</th></tr></thead>
      <tbody>
        ${failures
          .slice(0, SHOWN)
          .map(
            ({ row, id, field, message }) =>
              html`<tr><td>${row}</td><td>${id ?? "–"}</td><td>${field ?? "–"}</td><td>${message}</td></tr>`,
          )}
        ${failures.length > SHOWN ? html`<tr><td colspan="4">and ${(failures.length - SHOWN).toLocaleString()} more</td></tr>` : nothing}
      </tbody>
    </table>`;
  }

  #follow(all: readonly ImportSummary[]): void {
    clearTimeout(this.#timer);
    if (all.some((one) => one.state === "running")) this.#timer = setTimeout(() => this.#list.reload(), POLL_MS);
  }

  async #show(id: string): Promise<void> {
    try {
      this.report = this.report?.id === id ? undefined : await getImport(id);
    } catch (error) {
      notifyError("The report could not be read", error);
    }
  }

  async #download({ id, created, kind }: ImportSummary): Promise<void> {
    const agreed = await confirm({
      heading: "Download the credentials?",
      body: `${counted(created, kind === "devices" ? "token" : "log-in")}. They can be read this once only: keep the file safe.`,
      action: "Download",
    });
    if (!agreed) return;
    try {
      download("credentials.csv", "text/csv", await importCredentials(id));
    } catch (error) {
      notifyError("The credentials could not be read", error);
    }
    this.#list.reload();
  }
}
