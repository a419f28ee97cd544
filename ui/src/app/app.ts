import { html, LitElement, nothing } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { basePath } from "../data/base.ts";
import type { SessionInfo } from "../data/session.ts";
import { pages } from "../pages/index.ts";
import "../state/claim-link.ts";
import "../state/email-link.ts";
import { followLinks, navigate, pageLocation } from "../state/location.ts";
import { past } from "../state/past.ts";
import { paths } from "../state/paths.ts";
import { session, startSession } from "../state/session.ts";
import { Shortcuts } from "../state/shortcuts.ts";
import { passwordLater } from "../state/signed-in-before.ts";
import { StoreController } from "../state/store.ts";
import { base, buttons } from "../styles/shared.ts";
import { KeepScroll } from "./keep-scroll.ts";
import { match } from "./match.ts";
import { appStyles } from "./styles.ts";
import "../components/basic/icon.ts";
import "../components/basic/notice.ts";
import "../components/basic/toast-region.ts";
import "./banner.ts";
import "./navigation.ts";
import "./outlet.ts";
import "./past-banner.ts";
import "./palette/palette.ts";
import "./shortcuts-help.ts";
import "./top-bar.ts";

@customElement("fl-app")
export class App extends LitElement {
  static override styles = [base, buttons, appStyles];

  @state() private overlay: "none" | "palette" | "help" = "none";
  @query("main") private readonly main!: HTMLElement | null;
  readonly #session = new StoreController(this, session);
  readonly #location = new StoreController(this, pageLocation);
  readonly #past = new StoreController(this, past);
  #path = "";

  constructor() {
    super();
    new KeepScroll(this, () => this.main);
    new Shortcuts(this, [
      {
        keys: "mod+k",
        does: "Find a device or an action",
        group: "Everywhere",
        always: true,
        run: () => this.#open("palette"),
      },
      { keys: "?", does: "This help", group: "Everywhere", run: () => this.#open("help") },
      ...pages.flatMap(({ path, navigation }) => {
        if (navigation === undefined) return [];
        const { key, text } = navigation;
        return [{ keys: `g ${key}`, does: `Go to ${text}`, group: "Everywhere", run: () => navigate(path) }];
      }),
    ]);
    this.addEventListener("click", followLinks);
    void startSession();
  }

  protected override willUpdate(): void {
    const { state } = this.#session.value;
    const { path } = this.#location.value;
    if (isOutside(path)) return;
    if (state === "signed-in" && (isRoot(path) || path === paths.signIn)) navigate(this.#requested(), "replace");
    if (state === "signed-out") {
      this.overlay = "none";
      if (path !== paths.signIn) navigate(`${paths.signIn}${requestedPage()}`, "replace");
      document.title = "Sign in · Fleetlog";
    }
  }

  protected override updated(): void {
    const { path } = this.#location.value;
    if (path === this.#path) return;
    // Focus announces the page to screen readers. Browsers do so for the first page.
    if (match(this.#path) && match(path)) this.main?.focus({ preventScroll: true });
    this.#path = path;
  }

  protected override render() {
    return html`${this.#body()}${this.#again()}${this.#firstPassword()}<fl-toasts></fl-toasts>`;
  }

  /** The administrator's first step after sign-in with the installation's token. */
  #firstPassword() {
    const current = this.#session.value;
    if (current.state !== "signed-in" || isOutside(this.#location.value.path)) return nothing;
    if (current.info.needsPassword !== true || passwordLater.get()) return nothing;
    void import("../components/people/first-password.ts");
    return html`<fl-first-password @closed=${() => this.requestUpdate()}></fl-first-password>`;
  }

  #again() {
    if (this.#session.value.state !== "ended") return nothing;
    void import("./sign-in-again.ts");
    return html`<fl-sign-in-again></fl-sign-in-again>`;
  }

  #body() {
    const current = this.#session.value;
    // The page is shown also when somebody is signed in, because the link may be for another person.
    const { path } = this.#location.value;
    if (path === paths.setPassword) {
      void import("../pages/sign-in/set-password-page.ts");
      return html`<fl-set-password-page></fl-set-password-page>`;
    }
    if (isOutside(path)) {
      void import("../pages/sign-in/sign-up-page.ts");
      return html`<fl-sign-up-page .way=${path === paths.signUp ? "sign-up" : path === paths.confirm ? "confirm" : "forgot"}></fl-sign-up-page>`;
    }
    switch (current.state) {
      case "loading":
        return nothing;
      case "unknown":
        return this.#frame(
          undefined,
          html`<fl-error alone class="alone" .error=${current.error} @retry=${startSession}></fl-error>`,
        );
      case "signed-out":
        void import("../pages/sign-in/sign-in-page.ts");
        return html`<fl-sign-in-page .why=${current.why}></fl-sign-in-page>`;
      // One template for both states keeps the operator's input.
      case "ended":
      case "signed-in":
        return this.#frame(current.info, html`<fl-outlet .location=${this.#location.value}></fl-outlet>`);
    }
  }

  #frame(info: SessionInfo | undefined, content: unknown) {
    const { path } = this.#location.value;
    return html`<div class="frame">
            <aside>
              <button class="skip button" @click=${this.#skip}>Skip to the content</button>
              <a class="brand" href=${paths.fleet}><img src="${basePath}favicon.svg" alt="" width="22" height="22" />Fleetlog</a>
              <fl-navigation path=${path}></fl-navigation>
            </aside>
            <fl-top-bar role="banner" .info=${info} @palette=${() => this.#open("palette")} @help=${() => this.#open("help")}></fl-top-bar>
            <div class="content ${this.#past.value ? "past" : ""}">
              <fl-banner @grown=${this.#keepInPlace}></fl-banner>
              <fl-past-banner></fl-past-banner>
              <main tabindex="-1">${content}</main>
            </div>
          </div>
          ${this.#overlay()}`;
  }

  #overlay() {
    const closed = () => this.#open("none");
    if (this.overlay === "palette") return html`<fl-palette @closed=${closed}></fl-palette>`;
    if (this.overlay === "help") return html`<fl-shortcuts-help @closed=${closed}></fl-shortcuts-help>`;
    return nothing;
  }

  #open(overlay: App["overlay"]): void {
    if (overlay === "none" || this.#session.value.state === "signed-in") this.overlay = overlay;
  }

  /** Scrolls by the banner's change of height, so that the page below does not move when the banner comes or goes. */
  readonly #keepInPlace = ({ detail }: CustomEvent<number>): void => {
    if (this.main) this.main.scrollTop += detail;
  };

  readonly #skip = (): void => {
    this.main?.focus();
  };

  #requested(): string {
    const to = new URLSearchParams(this.#location.value.search).get("to") ?? "";
    return to.startsWith(basePath) && !to.startsWith("//") ? to : paths.fleet;
  }
}

function requestedPage(): string {
  const { path, search } = pageLocation.value;
  return isRoot(path) ? "" : `?to=${encodeURIComponent(path + search)}`;
}

function isRoot(path: string): boolean {
  return path === basePath || `${path}/` === basePath;
}

function isOutside(path: string): boolean {
  return ([paths.setPassword, paths.signUp, paths.confirm, paths.forgot] as string[]).includes(path);
}
