import { css, html, LitElement, nothing, type PropertyValues } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { type ArtifactResource, listArtifacts } from "../../data/artifacts.ts";
import { Query } from "../../state/query.ts";
import { base, buttons, fields } from "../../styles/shared.ts";
import type { BundleFields } from "./request-form.ts";
import "../basic/icon.ts";

const MOST = 9;

@customElement("fl-bundles-field")
export class BundlesField extends LitElement {
  static override styles = [
    base,
    buttons,
    fields,
    css`
      :host {
        display: grid;
        gap: var(--space-2);
      }
      li {
        display: grid;
        grid-template-columns: minmax(0, 1fr) minmax(0, 1fr) auto;
        gap: var(--space-2);
        margin-bottom: var(--space-2);
      }
      .add {
        justify-self: start;
      }
    `,
  ];

  @property({ attribute: false }) initial: readonly BundleFields[] = [];
  @state() private bundles: readonly BundleFields[] = [];
  readonly #artifacts = new Query<"artifacts", readonly ArtifactResource[]>(this, {
    args: () => "artifacts",
    load: async (_, signal) => (await listArtifacts({ limit: 1_000 }, signal)).items,
  });

  get value(): readonly BundleFields[] {
    return this.bundles;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("initial")) this.bundles = this.initial;
  }

  protected override render() {
    const artifacts = this.#artifacts.data ?? [];
    return html`<span>Bundles</span>
      <ul aria-label="Bundles">${this.bundles.map((bundle, index) => this.#bundle(bundle, index, artifacts))}</ul>
      ${
        artifacts.length === 0
          ? html`<p class="hint">There are no artifacts yet. Upload them on the page Artifacts.</p>`
          : html`<button type="button" class="button small add" ?disabled=${this.bundles.length >= MOST} @click=${() => this.#add(artifacts)}>
              <fl-icon name="plus"></fl-icon>Add bundle
            </button>`
      }`;
  }

  #bundle({ name, artifact }: BundleFields, index: number, artifacts: readonly ArtifactResource[]) {
    const chosen = artifacts.findIndex((one) => one.name === artifact.name && one.version === artifact.version);
    return html`<li>
      <select
        aria-label="Artifact of bundle ${index + 1}"
        @change=${(event: Event) => {
          const one = artifacts[Number((event.target as HTMLSelectElement).value)];
          if (one) this.#set(index, { name, artifact: { name: one.name, version: one.version } });
        }}
      >
        ${chosen === -1 ? html`<option value="-1" selected>${artifact.name} ${artifact.version}</option>` : nothing}
        ${artifacts.map((one, at) => html`<option value=${at} .selected=${at === chosen}>${one.name} ${one.version}</option>`)}
      </select>
      <input
        type="text"
        aria-label="Name of bundle ${index + 1}"
        maxlength="128"
        autocomplete="off"
        .value=${name}
        @change=${(event: Event) => this.#set(index, { artifact, name: (event.target as HTMLInputElement).value.trim() })}
      />
      <button type="button" class="button ghost icon" aria-label="Remove bundle ${index + 1}" @click=${() => this.#remove(index)}>
        <fl-icon name="trash"></fl-icon>
      </button>
    </li>`;
  }

  #add(artifacts: readonly ArtifactResource[]): void {
    const one = artifacts.find(({ name }) => !this.bundles.some((bundle) => bundle.name === name)) ?? artifacts[0];
    if (one === undefined) return;
    this.bundles = [...this.bundles, { name: one.name, artifact: { name: one.name, version: one.version } }];
  }

  #set(index: number, bundle: BundleFields): void {
    this.bundles = this.bundles.with(index, bundle);
  }

  #remove(index: number): void {
    this.bundles = this.bundles.toSpliced(index, 1);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-bundles-field": BundlesField;
  }
}
