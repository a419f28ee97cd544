import { html, LitElement, nothing } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { downloadFile } from "../../components/basic/download.ts";
import type { CodeEditor } from "../../components/fields/code-editor.ts";
import type { Position } from "../../components/fields/text-position.ts";
import { notForRole } from "../../components/history/history-role.ts";
import { isAbort } from "../../data/problem.ts";
import {
  type FileFormat,
  MOST_ROWS,
  type QuerySchemaResource,
  queryFile,
  querySchema,
  type Statement,
} from "../../data/sql.ts";
import { paths } from "../../state/paths.ts";
import { Query } from "../../state/query.ts";
import { mayReadHistory } from "../../state/session.ts";
import { Shortcuts } from "../../state/shortcuts.ts";
import { notify, notifyError } from "../../state/toasts.ts";
import { UrlState } from "../../state/url-state.ts";
import { pages } from "../../styles/page.ts";
import { base, buttons, cards } from "../../styles/shared.ts";
import { momentInWords } from "./as-of.ts";
import { EXAMPLES } from "./examples.ts";
import { Runs } from "./runs.ts";
import { sqlStyles } from "./styles.ts";
import "../../components/history/history-sections.ts";
import "../../components/basic/icon.ts";
import "../../components/basic/notice.ts";
import "../../components/fields/code-editor.ts";
import "./fault.ts";
import "../../components/query-result/result.ts";
import "./saved-list.ts";
import "./schema-list.ts";

/** Rows of a shown answer. */
const ROWS = 1_000;
/** Queries run when no other process wants the processor; a person should learn that while waiting. */
const SLOW_MS = 5_000;
/** Maximum length of a statement in an address: servers and proxies refuse addresses that are much longer. */
const LONGEST_IN_URL = 4_000;

interface Linked {
  readonly sql: string;
  /** RFC 3339 or a sequence of FLEET; "": now. */
  readonly at: string;
}

const urlFormat = {
  read: (parameters: URLSearchParams): Linked => ({
    sql: parameters.get("sql") ?? "",
    at: parameters.get("at")?.trim() ?? "",
  }),
  write: ({ sql, at }: Linked) => {
    const moment = new URLSearchParams(at === "" ? {} : { at });
    const written = new URLSearchParams([["sql", sql], ...moment]);
    return sql === "" || written.toString().length > LONGEST_IN_URL ? moment : written;
  },
};

@customElement("fl-sql-page")
export class SqlPage extends LitElement {
  static override styles = [base, buttons, cards, pages, sqlStyles];

  @state() private sql = "";
  @state() private saving: AbortController | undefined;
  @query("fl-code-editor") private readonly editor!: CodeEditor;
  /** The statement that was last read from the URL, or written there. */
  #linked = "";
  readonly #url = new UrlState<Linked>(this, urlFormat);
  readonly #runs = new Runs(this, ROWS);
  readonly #schema = new Query<"schema", QuerySchemaResource>(this, {
    args: () => (mayReadHistory() ? "schema" : undefined),
    load: (_, signal) => querySchema(signal),
  });

  constructor() {
    super();
    const stop = { keys: "Escape", does: "Stop the query", group: "SQL", run: () => this.#stop() };
    const edit = { keys: "e", does: "Edit the statement", group: "SQL", run: () => this.editor.focus() };
    new Shortcuts(this, [edit, stop]);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.saving?.abort();
  }

  protected override willUpdate(): void {
    const { sql } = this.#url.value;
    // A link, Back or Forward has changed the URL. A text that is too long for the URL stays.
    if (sql !== this.#linked && sql !== "") this.sql = sql;
    this.#linked = sql;
  }

  protected override render() {
    if (!mayReadHistory()) return notForRole("SQL is not for your role");
    const { last } = this.#runs;
    return html`<header class="page-head"><h1>SQL</h1></header>
      <fl-history-sections here=${paths.sql}></fl-history-sections>
      <p class="quiet">
        One SELECT of <a href="https://duckdb.org/docs/stable/sql/introduction" target="_blank" rel="noreferrer">DuckDB</a> over
        all events, and all versions of devices, status and commands.
      </p>
      <div class="columns">
        <div class="work">
          <fl-code-editor
            label="Statement"
            placeholder="SELECT …"
            .text=${this.sql}
            ?running=${last.state === "running"}
            ?faulty=${last.state === "failed" && last.sql === this.sql && last.error.field !== "at"}
            @edit=${(event: CustomEvent<string>) => {
              this.sql = event.detail;
            }}
            @focusout=${this.#link}
            @run=${this.#run}
            @stop=${this.#stop}
          ></fl-code-editor>
          <fl-sql-as-of
            .at=${this.#url.value.at}
            @at=${({ detail }: CustomEvent<string>) => this.#url.set({ at: detail }, "replace")}
          ></fl-sql-as-of>
          ${this.#actions()} ${this.#outcome()}
        </div>
        <div class="aside">${this.#aside()}</div>
      </div>`;
  }

  #actions() {
    const running = this.#runs.last.state === "running";
    const empty = this.sql.trim() === "";
    return html`<div class="actions">
      ${
        running
          ? html`<button class="button" @click=${this.#stop}>Stop<kbd>Esc</kbd></button>`
          : html`<button class="button primary" ?disabled=${empty} @click=${this.#run}>Run<span class="keys">Ctrl Enter</span></button>`
      }
      ${
        this.saving
          ? html`<button class="button" @click=${() => this.saving?.abort()}>Stop the download</button>`
          : (["csv", "parquet"] as const).map(
              (format) =>
                html`<button class="button" ?disabled=${empty} @click=${() => this.#save(format)}>
                  Download ${format === "csv" ? "CSV" : "Parquet"}
                </button>`,
            )
      }
      <span class="quiet" role="status">${this.#status()}</span>
      ${this.#seconds()}
    </div>`;
  }

  #status(): string {
    const { last } = this.#runs;
    if (this.saving) return "Preparing the download…";
    if (last.state === "running") {
      return last.ms < SLOW_MS ? "Running…" : "Still running. A query waits while the machine is busy with devices.";
    }
    if (last.state === "stopped") return "Stopped.";
    if (last.state !== "done") return "";
    const { sql, at = "" } = this.#statement;
    const changed = last.sql === sql && (last.at ?? "") === at ? "" : " The statement was changed since.";
    const moment = last.at === undefined ? "" : `, as of ${momentInWords(last.at)}`;
    return `${(last.ms / 1_000).toFixed(last.ms < 10_000 ? 2 : 0)} s${moment}.${changed}`;
  }

  /** Outside of the status, which screen readers would read aloud each second. */
  #seconds() {
    const { last } = this.#runs;
    if (last.state !== "running" || last.ms < 2_000) return nothing;
    return html`<span class="quiet number" aria-hidden="true">${Math.floor(last.ms / 1_000)} s</span>`;
  }

  #outcome() {
    const { last } = this.#runs;
    if (last.state === "failed")
      return html`<fl-sql-fault
        .error=${last.error}
        sql=${last.sql}
        @go=${(event: CustomEvent<Position>) => this.editor.go(event.detail)}
      ></fl-sql-fault>`;
    return last.state === "done" ? html`<fl-query-result .result=${last.result}></fl-query-result>` : nothing;
  }

  #aside() {
    const { data, error } = this.#schema;
    return html`<section class="card" aria-label="Tables">
        <header class="card-head"><h2>Tables</h2></header>
        <div class="card-body">
          ${error && !data ? html`<fl-error inline .error=${error} @retry=${() => this.#schema.reload()}></fl-error>` : nothing}
          ${
            data
              ? html`<fl-sql-schema
                  .schema=${data}
                  @insert=${(event: CustomEvent<string>) => this.editor.insert(event.detail)}
                ></fl-sql-schema>`
              : nothing
          }
        </div>
      </section>
      <section class="card" aria-label="Examples">
        <header class="card-head"><h2>Examples</h2></header>
        <ul class="card-body">
          ${EXAMPLES.map(
            ({ name, sql }) =>
              html`<li><button class="link" title=${sql} @click=${() => this.#open(sql)}>${name}</button></li>`,
          )}
        </ul>
      </section>
      <section class="card" aria-label="Saved">
        <header class="card-head"><h2>Saved</h2></header>
        <div class="card-body">
          <fl-sql-saved sql=${this.sql} @open=${(event: CustomEvent<string>) => this.#open(event.detail)}></fl-sql-saved>
        </div>
      </section>`;
  }

  get #statement(): Statement {
    return { sql: this.sql, at: this.#url.value.at || undefined };
  }

  /** Writes the statement to the URL, so that a link or a reload shows it. */
  readonly #link = (): void => {
    this.#linked = urlFormat.write({ ...this.#url.value, sql: this.sql }).get("sql") ?? "";
    if (this.#linked !== this.#url.value.sql) this.#url.set({ sql: this.sql }, "replace");
  };

  /** Opens a statement. Back returns to the previous statement. */
  #open(sql: string): void {
    this.#link();
    this.sql = sql;
    this.#linked = sql;
    this.#url.set({ sql });
  }

  readonly #run = (): void => {
    if (this.sql.trim() === "") return;
    this.#link();
    void this.#runs.start(this.#statement);
  };

  readonly #stop = (): void => this.#runs.stop();

  async #save(format: FileFormat): Promise<void> {
    const saving = new AbortController();
    this.saving = saving;
    try {
      const { file, truncated } = await queryFile(this.#statement, format, saving.signal);
      downloadFile(`query.${format}`, file);
      if (truncated) notify("info", `The file has only the first ${MOST_ROWS.toLocaleString()} rows`);
    } catch (thrown) {
      if (!isAbort(thrown)) notifyError("The answer could not be downloaded", thrown);
    }
    this.saving = undefined;
  }
}
