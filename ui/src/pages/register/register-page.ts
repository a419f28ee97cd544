import { html, LitElement, nothing } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { confirm } from "../../components/dialogs/confirm.ts";
import type { RegisteredDevice } from "../../data/devices.ts";
import { Guarded } from "../../state/guarded.ts";
import { pageLocation } from "../../state/location.ts";
import { paths } from "../../state/paths.ts";
import { sessionInfo } from "../../state/session.ts";
import { pages } from "../../styles/page.ts";
import { base, buttons, tags } from "../../styles/shared.ts";
import { reachOf, snippetsOf } from "./snippets.ts";
import { registerStyles } from "./styles.ts";
import "../../components/basic/icon.ts";
import "../../components/basic/id.ts";
import "./certificate-card.ts";
import "./first-connection.ts";
import "./register-form.ts";
import "./snippets-card.ts";
import "./token-card.ts";

@customElement("fl-register-page")
export class RegisterPage extends LitElement {
  static override styles = [base, buttons, pages, tags, registerStyles];

  @state() private device: RegisteredDevice | undefined;
  @state() private copied = false;
  @state() private connected = false;
  @state() private saved: readonly string[] = [];
  @state() private isNative = true;
  @query("h1") private readonly heading!: HTMLElement;

  constructor() {
    super();
    new Guarded(this, { needed: () => this.#atRisk, ask: () => this.#ask() });
  }

  protected override render() {
    return this.device ? this.#registered(this.device) : this.#form();
  }

  #form() {
    const given = new URLSearchParams(pageLocation.value.search).get("id") ?? "";
    return html`<header>
        <h1>Register a device</h1>
        <p class="quiet">
          ${this.isNative ? "It gets its own token, with which it can connect under this id and no other." : "Its program stays unchanged. Its credentials depend on its kind."}
        </p>
      </header>
      <div class="with-steps" @kind=${this.#kindChosen}>
        <fl-register-form given=${given} @registered=${this.#done}></fl-register-form>
        <aside aria-labelledby="next">
          <h2 id="next">What comes next</h2>
          <ol>
            ${
              this.isNative
                ? html`<li><strong>Its token</strong>is shown once, to be copied into the device.</li>
                  <li><strong>A program to paste</strong>for rpc-websockets, MQTT.js or mosquitto, with this gateway’s address in it.</li>`
                : html`<li><strong>The device’s settings</strong>get the address and port of this gateway.</li>`
            }
            <li><strong>Its first connection</strong>is shown here as it happens. Then send it a command.</li>
          </ol>
        </aside>
      </div>`;
  }

  #registered(device: RegisteredDevice) {
    const info = sessionInfo();
    const { id, token, login, certificate } = device;
    const snippets = info && token !== undefined ? snippetsOf(reachOf(window.location, info.ports), { id, token }) : [];
    return html`<header class="page-head">
        <div>
          <h1 tabindex="-1">${device.id} is registered</h1>
          <p class="quiet">${device.name ?? nothing} ${device.tags.map((tag) => html`<span class="tag">${tag}</span>`)}</p>
        </div>
        <span class="end">
          <button class="button" @click=${this.#another}><fl-icon name="plus"></fl-icon>Register another</button>
          <a class="button" href=${paths.device(device.id)}>Its page</a>
        </span>
      </header>
      <div class="columns" @copied=${this.#copiedText}>
        <div class="side">
          <fl-first-connection
            device=${device.id}
            .dialect=${device.dialect}
            @connected=${() => {
              this.connected = true;
            }}
          ></fl-first-connection>
          ${
            certificate !== undefined
              ? html`<fl-certificate-card
                device=${id}
                .certificate=${certificate}
                .saved=${this.saved}
                @saved=${this.#savedFile}
              ></fl-certificate-card>`
              : token === undefined
                ? html`<p class="card body">${howItLogsIn(login)}</p>`
                : html`<fl-token-card token=${token} ?copied=${this.copied}></fl-token-card>`
          }
        </div>
        ${token === undefined ? nothing : html`<fl-snippets-card .snippets=${snippets}></fl-snippets-card>`}
      </div>`;
  }

  /**
   * Whether the token or key may get lost: it was neither copied nor saved, and the device has not connected with it.
   */
  get #atRisk(): boolean {
    if (this.connected) return false;
    if (this.device?.certificate !== undefined) return !this.saved.includes("key");
    return this.device?.token !== undefined && !this.copied;
  }

  #ask(): Promise<boolean> {
    if (this.device?.certificate !== undefined) {
      return confirm({
        heading: "Leave without the key?",
        body: `The key of ${this.device.id} was not saved, and is not shown again. Without it the device cannot connect until it gets another certificate.`,
        action: "Leave without it",
      });
    }
    return confirm({
      heading: "Leave without the token?",
      body: `The token of ${this.device?.id} was not copied, and is not shown again. Without it the device cannot connect until its token is replaced.`,
      action: "Leave without it",
    });
  }

  readonly #kindChosen = ({ detail }: CustomEvent<string | undefined>): void => {
    this.isNative = detail === undefined;
  };

  readonly #done = async (event: CustomEvent<RegisteredDevice>): Promise<void> => {
    this.copied = false;
    this.connected = false;
    this.saved = [];
    this.device = event.detail;
    await this.updateComplete;
    this.heading.focus();
  };

  readonly #copiedText = (event: CustomEvent<string>): void => {
    const token = this.device?.token;
    if (token !== undefined && event.detail.includes(token)) this.copied = true;
  };

  readonly #savedFile = ({ detail }: CustomEvent<string>): void => {
    this.saved = [...this.saved, detail];
  };

  readonly #another = async (): Promise<void> => {
    if (this.#atRisk && !(await this.#ask())) return;
    this.device = undefined;
    this.isNative = true;
  };
}

function howItLogsIn(login: RegisteredDevice["login"]): string {
  if (login?.clientId !== undefined) return "It has no token: it logs in with its client id, user name and password.";
  if (login?.address !== undefined)
    return `It has no token: a client that connects from ${login.address} to the port of its kind is this device.`;
  return "It has no token: its connections wait on the page Onboarding until somebody lets them in.";
}
