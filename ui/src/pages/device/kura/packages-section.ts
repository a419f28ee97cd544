import { html, LitElement, nothing } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { confirm } from "../../../components/dialogs/confirm.ts";
import type { Schema } from "../../../components/schema-form/schema.ts";
import type { SchemaForm } from "../../../components/schema-form/schema-form.ts";
import { type CommandResource, isOpen, listCommands } from "../../../data/commands.ts";
import { FEED_VIEWS } from "../../../data/feed/feed.ts";
import { Query } from "../../../state/query.ts";
import { base, buttons, fields } from "../../../styles/shared.ts";
import { affects, type DeviceChange } from "../change.ts";
import { bundlesIn, packagesIn } from "./packages.ts";
import { sectionStyles } from "./section-styles.ts";
import { Sending } from "./sending.ts";
import "../../../components/commands/command-progress.ts";
import "../../../components/schema-form/schema-form.ts";
import "../../../components/basic/time.ts";

const RECENT = 20;
const DOWNLOAD: Schema = {
  type: "object",
  required: ["name", "version"],
  properties: {
    artifact: {
      type: "string",
      title: "Artifact",
      description: "Name of an artifact of this fleet that has the version below. Or give an address instead",
      pattern: "^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$",
    },
    url: { type: "string", title: "Address", format: "uri", pattern: "^https?://\\S+$" },
    name: { type: "string", title: "Name" },
    version: { type: "string", title: "Version" },
    hash: {
      type: "string",
      title: "Digest",
      description: "Such as SHA-256:… An artifact has its own",
      pattern: "^[A-Za-z0-9-]+:[0-9A-Fa-f]+$",
    },
    install: { type: "boolean", title: "Install it, too", default: true },
  },
};
const WORDS: Readonly<Record<string, string>> = {
  "packages.list": "Reading the packages",
  "package.download": "Download",
  "package.install": "Installation",
  "package.uninstall": "Removal",
};

interface Wanted {
  readonly name?: string;
  readonly version?: string;
}

/** Packages and bundles of a Kura device. */
@customElement("fl-kura-packages")
export class KuraPackages extends LitElement {
  static override styles = [base, buttons, fields, sectionStyles];

  @property() device = "";
  @property({ attribute: false }) change: DeviceChange | undefined;
  @query("fl-schema-form") private readonly form!: SchemaForm | null;
  readonly #packages = new Query<string, Awaited<ReturnType<typeof listCommands>>>(this, {
    args: () => this.device,
    load: (device, signal) => listCommands({ device, name: "package*", limit: RECENT }, signal),
  });
  readonly #bundles = new Query<string, Awaited<ReturnType<typeof listCommands>>>(this, {
    args: () => this.device,
    load: (device, signal) => listCommands({ device, name: "bundles.list", limit: 1 }, signal),
  });
  readonly #sending = new Sending(this, () => this.#reload());

  protected override updated(changed: Map<PropertyKey, unknown>): void {
    if (changed.has("change") && affects(this.change, "command", FEED_VIEWS)) this.#reload();
  }

  protected override render() {
    const commands = this.#packages.data?.items ?? [];
    const read = commands.find(({ name, state }) => name === "packages.list" && state === "completed");
    const packages = packagesIn(read?.result);
    return html`<div class="bar">
        ${read?.endedAt ? html`<span>Read <fl-time at=${read.endedAt}></fl-time></span>` : html`<span>They were not read yet.</span>`}
        <button class="button small end" aria-disabled=${this.#sending.busy} @click=${() => this.#send("packages.list")}>
          Read the packages
        </button>
      </div>
      ${packages.length > 0 ? this.#list(packages) : nothing} ${this.#work(commands)} ${this.#download()}
      ${this.#bundleList()}`;
  }

  #list(packages: ReturnType<typeof packagesIn>) {
    return html`<ul class="rows" aria-label="Packages">
      ${packages.map(
        ({ name, version = "" }) => html`<li>
          <strong>${name}</strong> <span class="quiet">${version}</span>
          <button
            class="button small end"
            aria-label="Uninstall ${name}"
            aria-disabled=${this.#sending.busy}
            @click=${() => this.#uninstall(name)}
          >
            Uninstall
          </button>
        </li>`,
      )}
    </ul>`;
  }

  /** The progress of the open command, or how the newest command ended. */
  #work(commands: readonly CommandResource[]) {
    const work = commands.find((command) => isOpen(command)) ?? commands.find(({ name }) => name !== "packages.list");
    if (work === undefined) return nothing;
    const { name = "", version = "" } = (work.params ?? {}) as Wanted;
    const what = `${WORDS[work.name] ?? work.name} ${name} ${version}`.trim();
    if (isOpen(work))
      return html`<div role="status">
        <p>${what}: ${work.state === "issued" ? "waits for the device" : "under way"}</p>
        <fl-command-progress .progress=${work.progress}></fl-command-progress>
      </div>`;
    if (work.state === "completed") {
      const { install } = (work.params ?? {}) as { readonly install?: boolean };
      const canInstall = work.name === "package.download" && install !== true;
      return html`<div class="bar" role="status">
        <span>${what}: done <fl-time at=${work.endedAt ?? work.issuedAt}></fl-time></span>
        ${
          canInstall
            ? html`<button class="button small end" @click=${() => this.#send("package.install", { name, version })}>
                Install ${name} ${version}
              </button>`
            : nothing
        }
      </div>`;
    }
    return html`<p class="wrong" role="alert">${what}: ${work.error?.message ?? work.state}</p>`;
  }

  #download() {
    return html`<details>
      <summary>Download a package</summary>
      <form novalidate @submit=${this.#submit}>
        <fl-schema-form .schema=${DOWNLOAD}></fl-schema-form>
        <div class="bar"><button class="button primary end" aria-disabled=${this.#sending.busy}>Download</button></div>
      </form>
    </details>`;
  }

  #bundleList() {
    const [read] = this.#bundles.data?.items ?? [];
    const bundles = bundlesIn(read?.result);
    const isWaiting = read !== undefined && isOpen(read);
    return html`<details>
      <summary>Bundles</summary>
      <div class="bar">
        ${read?.state === "completed" && read.endedAt ? html`<span>Read <fl-time at=${read.endedAt}></fl-time></span>` : nothing}
        ${read?.state === "failed" ? html`<span class="wrong">${read.error?.message}</span>` : nothing}
        <button
          class="button small end"
          aria-disabled=${this.#sending.busy || isWaiting}
          @click=${() => this.#send("bundles.list")}
        >
          ${isWaiting ? "Waiting for the device…" : "Read the bundles"}
        </button>
      </div>
      <ul class="rows" aria-label="Bundles">
        ${bundles.map(
          ({ name, version, state }) => html`<li>
            <span>${name}</span> <span class="quiet">${version}</span> <span class="faint end">${state}</span>
          </li>`,
        )}
      </ul>
    </details>`;
  }

  #reload(): void {
    this.#packages.reload();
    this.#bundles.reload();
  }

  #send(name: string, params: object = {}): void {
    void this.#sending.send(this.device, name, params);
  }

  readonly #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const outcome = await this.form?.collect();
    if (outcome?.ok) this.#send("package.download", outcome.params as object);
  };

  async #uninstall(name: string): Promise<void> {
    const agreed = await confirm({
      heading: `Uninstall ${name}?`,
      body: "The device stops it, and deletes its files.",
      action: "Uninstall",
    });
    if (agreed) this.#send("package.uninstall", { name });
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-kura-packages": KuraPackages;
  }
}
