import { css, html, LitElement, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { bytes, percent } from "../../components/text/numbers.ts";
import { uploadArtifact } from "../../data/artifacts.ts";
import { type ApiError, asApiError, isAbort } from "../../data/problem.ts";
import { notify } from "../../state/toasts.ts";
import { base, buttons, cards, fields } from "../../styles/shared.ts";
import "../../components/basic/icon.ts";
import "../../components/basic/meter.ts";
import "../../components/basic/notice.ts";

/** `pump-firmware_1.4.2.bin` is version 1.4.2 of pump-firmware. */
export function guess(file: string): { readonly name: string; readonly version: string } {
  const plain = file.replace(/(?:\.tar)?\.[A-Za-z][A-Za-z0-9]{0,9}$/, "").replaceAll(/[^A-Za-z0-9._+~-]+/g, "-");
  const [, name = plain, version = ""] = /^(.+?)[-_]v?(\d[A-Za-z0-9._+~-]*)$/.exec(plain) ?? [];
  return { name: name.replace(/^[^A-Za-z0-9]+/, ""), version };
}

@customElement("fl-upload-card")
export class UploadCard extends LitElement {
  static override styles = [
    base,
    buttons,
    cards,
    fields,
    css`
      form,
      .drop {
        display: flex;
        flex-wrap: wrap;
        align-items: end;
        gap: var(--space-3);
        padding: var(--space-4);
      }
      .drop {
        align-items: center;
        justify-content: center;
        margin: var(--space-3);
        border: 2px dashed var(--border-strong);
        border-radius: var(--radius-large);
        color: var(--text-quiet);
      }
      .drop.over {
        border-color: var(--accent);
        background: var(--hover);
      }
      label {
        display: grid;
        flex: 1 1 10rem;
        gap: var(--space-1);
        min-width: 0;
      }
      .file {
        flex-basis: 100%;
        overflow-wrap: anywhere;
      }
      .progress {
        display: grid;
        flex: 1 1 100%;
        gap: var(--space-2);
      }
      input[type="file"] {
        display: none;
      }
    `,
  ];

  @state() private file: File | undefined;
  @state() private over = false;
  @state() private sent: number | undefined;
  @state() private error: ApiError | undefined;
  #name = "";
  #version = "";
  #running: AbortController | undefined;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#running?.abort();
  }

  protected override render() {
    return html`<section
      class="card"
      aria-label="Upload"
      @dragover=${this.#drag}
      @dragleave=${() => {
        this.over = false;
      }}
      @drop=${this.#drop}
    >
      ${this.file === undefined ? this.#choose() : this.#form(this.file)}
      ${this.error ? html`<fl-error inline manual .error=${this.error} @retry=${this.#again}></fl-error>` : nothing}
    </section>`;
  }

  #choose() {
    return html`<div class="drop ${this.over ? "over" : ""}">
      <span>Drop a file here, or</span>
      <button class="button" @click=${() => this.renderRoot.querySelector<HTMLInputElement>("input[type=file]")?.click()}>
        Choose a file
      </button>
      <input type="file" aria-label="File" @change=${this.#chosen} />
    </div>`;
  }

  #form(file: File) {
    const sending = this.sent !== undefined;
    const share = (this.sent ?? 0) / Math.max(file.size, 1);
    return html`<form @submit=${this.#submit}>
      <span class="file">${file.name}, ${bytes(file.size)}</span>
      <label>Name<input name="name" required ?disabled=${sending} .value=${this.#name} autocomplete="off" spellcheck="false" /></label>
      <label>Version<input name="version" required ?disabled=${sending} .value=${this.#version} autocomplete="off" spellcheck="false" /></label>
      ${
        sending
          ? html`<div class="progress" role="status">
              <fl-meter value=${share} label="Upload" text=${percent(share)}></fl-meter>
              <span>${share < 1 ? `${percent(share)} sent` : "Storing…"}</span>
            </div>`
          : html`<button class="button primary">Upload</button>`
      }
      <button type="button" class="button" @click=${this.#cancel}>Cancel</button>
    </form>`;
  }

  readonly #drag = (event: DragEvent): void => {
    event.preventDefault();
    this.over = true;
  };

  readonly #drop = (event: DragEvent): void => {
    event.preventDefault();
    this.over = false;
    if (this.sent === undefined) this.#take(event.dataTransfer?.files[0]);
  };

  readonly #chosen = (event: Event): void => this.#take((event.target as HTMLInputElement).files?.[0]);

  #take(file: File | undefined): void {
    if (file === undefined) return;
    const { name, version } = guess(file.name);
    this.#name = name;
    this.#version = version;
    this.error = undefined;
    this.file = file;
  }

  readonly #cancel = (): void => {
    this.#running?.abort();
    this.file = undefined;
    this.error = undefined;
  };

  readonly #again = (): void => this.renderRoot.querySelector("form")?.requestSubmit();

  readonly #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const file = this.file;
    if (file === undefined || this.sent !== undefined) return;
    const given = new FormData(event.target as HTMLFormElement);
    this.#name = String(given.get("name")).trim();
    this.#version = String(given.get("version")).trim();
    const running = new AbortController();
    this.#running = running;
    this.error = undefined;
    this.sent = 0;
    try {
      const stored = await uploadArtifact(this.#name, this.#version, file, {
        signal: running.signal,
        progress: (sent) => {
          this.sent = sent;
        },
      });
      this.file = undefined;
      notify("good", `Uploaded ${stored.name} ${stored.version}`);
      this.dispatchEvent(new Event("uploaded"));
    } catch (thrown) {
      if (!isAbort(thrown)) this.error = asApiError(thrown);
    } finally {
      this.sent = undefined;
    }
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-upload-card": UploadCard;
  }
}
