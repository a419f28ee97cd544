import { html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { copyAndNotify } from "../../components/basic/copy.ts";
import { provisionBadge } from "../../components/devices/state-badge.ts";
import { confirm } from "../../components/dialogs/confirm.ts";
import { showSecrets } from "../../components/dialogs/secrets-dialog.ts";
import { showRequestDialog } from "../../components/request-dialog/request-dialog.ts";
import {
  canStop,
  getProvisionRequest,
  hasEnded,
  type ProvisionRequestDetail,
  renewActivationKey,
  stopProvisionRequest,
} from "../../data/provisioning.ts";
import { gatewayNow } from "../../state/clock.ts";
import { navigate } from "../../state/location.ts";
import { paths } from "../../state/paths.ts";
import { personNames } from "../../state/person-names.ts";
import { Query } from "../../state/query.ts";
import { mayOnboard } from "../../state/session.ts";
import { Shortcuts } from "../../state/shortcuts.ts";
import { StoreController } from "../../state/store.ts";
import { notify, notifyError } from "../../state/toasts.ts";
import { WatchController } from "../../state/watch.ts";
import { pages } from "../../styles/page.ts";
import { base, buttons, cards } from "../../styles/shared.ts";
import { nextOf, type Step, storyOf, unstoppable } from "./story.ts";
import { provisionRequestStyles } from "./styles.ts";
import "../../components/basic/back.ts";
import "../../components/basic/icon.ts";
import "../../components/basic/loading.ts";
import "../../components/basic/notice.ts";
import "../../components/basic/time.ts";
import "./request-facts.ts";

@customElement("fl-provision-request-page")
export class ProvisionRequestPage extends LitElement {
  static override styles = [base, buttons, cards, pages, provisionRequestStyles];

  @property() request = "";
  readonly #detail = new Query<string, ProvisionRequestDetail>(this, {
    args: () => this.request || undefined,
    load: getProvisionRequest,
    loaded: ({ clientId }) => {
      document.title = `${clientId} · Fleetlog`;
    },
  });

  constructor() {
    super();
    new StoreController(this, personNames);
    new WatchController(
      this,
      () => (this.request ? { topic: "provisionRequests", keys: [this.request] } : undefined),
      () => this.#detail.reload(),
    );
    const group = "Provision request";
    new Shortcuts(this, [
      { keys: "x", does: "Stop it", group, run: () => void this.#stop() },
      { keys: "r", does: "Create another one like it", group, run: () => void this.#again() },
      { keys: "y", does: "Copy the id", group, run: () => void copyAndNotify(this.request, "request id") },
    ]);
  }

  protected override render() {
    const { data, error } = this.#detail;
    const retry = () => this.#detail.reload();
    if (error?.code === "provision-request-unknown") return this.#unknown();
    if (error && !data) return html`<fl-error alone .error=${error} @retry=${retry}></fl-error>`;
    if (!data) return html`<fl-loading></fl-loading>`;
    const why = mayOnboard() ? unstoppable(data) : undefined;
    return html`<header>
        <fl-back to=${paths.provisionRequests}>Provision requests</fl-back>
        <div class="page-head">
          <h1>${data.device.name ?? data.clientId}</h1>
          <span role="status">${provisionBadge(data.state)}</span>
          ${mayOnboard() ? html`<span class="end">${this.#actions(data)}</span>` : nothing}
        </div>
        ${why ? html`<p class="quiet" id="why">${why}</p>` : nothing}
      </header>
      ${error ? html`<fl-error inline .error=${error} @retry=${retry}></fl-error>` : nothing}
      <div class="columns">${this.#story(data)}<fl-request-facts .request=${data}></fl-request-facts></div>`;
  }

  #actions(request: ProvisionRequestDetail) {
    return html`${
      request.activationKey && !hasEnded(request)
        ? html`<button class="button" @click=${this.#newKey}><fl-icon name="key"></fl-icon>New activation key</button>`
        : nothing
    }
    ${
      hasEnded(request)
        ? html`<button class="button" @click=${this.#again}><fl-icon name="repeat"></fl-icon>Create again</button>`
        : html`<button class="button" ?disabled=${!canStop(request)} aria-describedby="why" @click=${this.#stop}>
            <fl-icon name="ban"></fl-icon>Stop
          </button>`
    }`;
  }

  #story(request: ProvisionRequestDetail) {
    const next = nextOf(request, gatewayNow());
    return html`<section class="card" aria-labelledby="story">
      <div class="card-head"><h2 id="story">What happened</h2></div>
      <ol>
        ${storyOf(request).map((step) => this.#step(step))}
        ${
          next === undefined
            ? nothing
            : html`<li class="waiting">
                <span class="mark"><fl-icon name="more"></fl-icon></span>
                <div class="what" role="status"><span>${next}</span></div>
              </li>`
        }
      </ol>
    </section>`;
  }

  #step({ icon, tone, title, detail, time, seq }: Step) {
    return html`<li>
      <span class="mark ${tone}"><fl-icon .name=${icon}></fl-icon></span>
      <div class="what">
        <strong>${title}</strong>
        ${detail ? html`<span class="quiet">${detail}</span>` : nothing}
        <small><fl-time at=${time} show="full"></fl-time> · <span class="number">#${seq}</span></small>
      </div>
    </li>`;
  }

  #unknown() {
    return html`<fl-empty alone icon="plug" heading="There is no such provision request">
      No provision request has the id ${this.request}.
      <a slot="action" class="button primary" href=${paths.provisionRequests}>See all requests</a>
    </fl-empty>`;
  }

  readonly #stop = async (): Promise<void> => {
    const { data } = this.#detail;
    if (!data || !canStop(data) || !mayOnboard()) return;
    const body = "No device is let in any more. A device that this request has registered is retired.";
    if (!(await confirm({ heading: `Stop the request of ${data.clientId}?`, body, action: "Stop request" }))) return;
    try {
      const stopped = await stopProvisionRequest(data.id);
      notify("good", stopped.state === "STOPPED" ? "The request is stopped" : "The request is being stopped");
    } catch (error) {
      notifyError("The request was not stopped", error);
    }
    this.#detail.reload();
  };

  readonly #again = async (): Promise<void> => {
    const { data } = this.#detail;
    if (!data || !hasEnded(data) || !mayOnboard()) return;
    const id = await showRequestDialog(data);
    if (id !== undefined) navigate(paths.provisionRequest(id));
  };

  readonly #newKey = async (): Promise<void> => {
    const { data } = this.#detail;
    if (!data) return;
    const body = "The present key ends at once. The new one is shown once.";
    if (!(await confirm({ heading: "Make a new activation key?", body, action: "Make new key" }))) return;
    try {
      const key = await renewActivationKey(data.id);
      const note = "It is shown only once. Copy it to the device before you close this.";
      await showSecrets({ heading: "New activation key", note, secrets: { "Activation key": key } });
    } catch (error) {
      notifyError("No activation key was made", error);
    }
    this.#detail.reload();
  };
}
