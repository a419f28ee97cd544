import { css, html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { chosen } from "../../components/basic/menu.ts";
import { deviceBadge } from "../../components/devices/state-badge.ts";
import { confirm } from "../../components/dialogs/confirm.ts";
import { atOf } from "../../components/time-control/span.ts";
import { type DeviceDetail, retireDevice } from "../../data/devices.ts";
import { accounts, hasAccounts } from "../../state/accounts.ts";
import { gatewayNow } from "../../state/clock.ts";
import { navigate } from "../../state/location.ts";
import { inPast } from "../../state/past.ts";
import { paths } from "../../state/paths.ts";
import { mayReadHistory } from "../../state/session.ts";
import { StoreController } from "../../state/store.ts";
import { notify, notifyError } from "../../state/toasts.ts";
import { base, buttons, tags as tagStyles } from "../../styles/shared.ts";
import { replaceToken } from "./credentials/replace-token.ts";
import { EDIT_OFF } from "./edit-off.ts";
import "../../components/basic/back.ts";
import "../../components/basic/copy.ts";
import "../../components/basic/icon.ts";
import "../../components/history/incident-dialog.ts";
import "./edit-dialog.ts";
import "./move-dialog.ts";

const DAY_MS = 86_400_000;

/** Id, name and tags of the device, and actions. Event `changed` after an action. */
@customElement("fl-device-header")
export class DeviceHeader extends LitElement {
  static override styles = [
    base,
    buttons,
    tagStyles,
    css`
      :host {
        display: grid;
        gap: var(--space-2);
        min-width: 0;
      }
      .top {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        align-items: start;
        gap: var(--space-3);
      }
      .title {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-1) var(--space-3);
        min-width: 0;
        min-height: var(--control);
      }
      .id {
        display: flex;
        align-items: center;
        gap: var(--space-1);
        min-width: 0;
      }
      h1 {
        overflow-wrap: anywhere;
      }
      h1:focus-visible {
        outline: none;
      }
      .end {
        display: flex;
        gap: var(--space-2);
      }
      .under {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-1) var(--space-2);
        color: var(--text-quiet);
        overflow-wrap: anywhere;
      }
      bdi {
        min-width: 0;
      }
      .under:empty {
        display: none;
      }
      @media (max-width: 47.99rem) {
        /* The id has a whole row; status and actions share the next one. */
        .top {
          display: flex;
          flex-wrap: wrap;
          align-items: center;
        }
        .title {
          display: contents;
        }
        .id {
          flex: 1 0 100%;
        }
        .end {
          margin-left: auto;
        }
        .edit {
          width: var(--control);
          padding: 0;
        }
        .edit span {
          display: none;
        }
      }
    `,
  ];

  @property({ attribute: false }) device!: DeviceDetail;
  /** Shows the device as of an earlier time, without actions. */
  @property({ type: Boolean }) past = false;
  /** The device at the start of the edit, so that updates of the device keep the input. */
  @state() private edited: DeviceDetail | undefined;
  @state() private moving = false;
  @state() private bundling = false;
  @query("h1") private readonly heading!: HTMLElement;

  constructor() {
    super();
    new StoreController(this, accounts);
  }

  edit(): void {
    if (this.device.status !== "retired" && !this.past) this.edited = this.device;
  }

  protected override render() {
    const { account, id, name, status, tags } = this.device;
    return html`<fl-back to=${paths.fleet}>Fleet</fl-back>
      <div class="top">
        <div class="title">
          <span class="id"><h1 tabindex="-1">${id}</h1><fl-copy .text=${id} what="device id"></fl-copy></span>
          ${deviceBadge(status)}
        </div>
        <span class="end"><slot name="action"></slot>
          ${this.past ? EDIT_OFF : status === "retired" ? this.#actionsOfRetired() : this.#actions()}</span>
      </div>
      <div class="under">
        ${name ? html`<bdi>${name}</bdi>` : nothing}
        ${hasAccounts() ? html`<span title="Account"><fl-icon name="account"></fl-icon> ${accountName(account)}</span>` : nothing}
        ${tags.map((tag) => html`<a class="tag" href=${inPast(`${paths.fleet}?tag=${encodeURIComponent(tag)}`)}>${tag}</a>`)}
      </div>
      ${
        this.edited
          ? html`<fl-edit-dialog .device=${this.edited} @closed=${this.#endEdit} @saved=${this.#saved}></fl-edit-dialog>`
          : nothing
      }
      ${
        this.moving
          ? html`<fl-move-dialog .device=${this.device} @closed=${this.#endMove} @moved=${this.#moved}></fl-move-dialog>`
          : nothing
      }
      ${
        this.bundling
          ? html`<fl-incident-dialog .devices=${[id]} @closed=${this.#endBundling}></fl-incident-dialog>`
          : nothing
      }`;
  }

  #actions() {
    return html`<button class="button edit" aria-label="Edit" title="Edit name and tags" @click=${this.edit}>
        <fl-icon name="edit"></fl-icon><span>Edit</span>
      </button>
      <wa-dropdown placement="bottom-end" @wa-select=${this.#chosen}>
        <button slot="trigger" class="button icon" aria-label="More actions"><fl-icon name="more"></fl-icon></button>
        <wa-dropdown-item value="token">Replace the token…</wa-dropdown-item>
        ${hasAccounts() ? html`<wa-dropdown-item value="move">Move to another account…</wa-dropdown-item>` : nothing}
        ${this.#historyItems()}
        <wa-dropdown-item value="retire" variant="danger">Retire…</wa-dropdown-item>
      </wa-dropdown>`;
  }

  #actionsOfRetired() {
    if (!mayReadHistory()) return nothing;
    return html`<wa-dropdown placement="bottom-end" @wa-select=${this.#chosen}>
      <button slot="trigger" class="button icon" aria-label="More actions"><fl-icon name="more"></fl-icon></button>
      ${this.#historyItems()}
    </wa-dropdown>`;
  }

  #historyItems() {
    return mayReadHistory()
      ? html`<wa-dropdown-item value="changes">What changed in the last 24 hours</wa-dropdown-item>
          <wa-dropdown-item value="incident">File of an incident…</wa-dropdown-item>`
      : nothing;
  }

  readonly #endEdit = (): void => {
    this.edited = undefined;
  };

  readonly #saved = (): void => {
    this.#endEdit();
    this.#changed();
  };

  readonly #chosen = (event: CustomEvent<{ item: { value: string } }>): void => {
    const action = chosen(event);
    if (action === "move") this.moving = true;
    else if (action === "changes") navigate(paths.changesSince(atOf(gatewayNow() - DAY_MS), this.device.id));
    else if (action === "incident") this.bundling = true;
    else void (action === "retire" ? this.#retire() : this.#replaceToken());
  };

  readonly #endMove = (): void => {
    this.moving = false;
  };

  readonly #endBundling = (): void => {
    this.bundling = false;
  };

  readonly #moved = (): void => {
    this.#endMove();
    notify("good", `${this.device.id} is moved`);
    this.#changed();
  };

  async #retire(): Promise<void> {
    const { id, pendingCommands } = this.device;
    const waiting = pendingCommands.length;
    const agreed = await confirm({
      heading: `Retire ${id}?`,
      body: html`<p>Its connection is closed and its credentials stop working, at once and for good.</p>
        ${waiting ? html`<p>${waiting === 1 ? "One command that waits" : `${waiting} commands that wait`} for it will not be delivered.</p>` : nothing}
        <p>Its history stays. The id can be registered again later, with a new token.</p>`,
      action: "Retire device",
    });
    if (!agreed) return;
    try {
      await retireDevice(id);
      notify("good", `${id} is retired`);
      this.#changed();
      // The pressed button is gone, so the heading gets the focus.
      this.heading.focus();
    } catch (error) {
      notifyError(`${id} was not retired`, error);
    }
  }

  async #replaceToken(): Promise<void> {
    if (await replaceToken(this.device.id)) this.#changed();
  }

  #changed(): void {
    this.dispatchEvent(new Event("changed"));
  }
}

function accountName(id: string): string {
  return accounts.value.find((account) => account.id === id)?.name ?? id;
}
