import { html, LitElement } from "lit";
import { customElement } from "lit/decorators.js";
import { secretText, secretTextStyles } from "../../components/basic/secrets.ts";
import type { Dialog } from "../../components/dialogs/dialog.ts";
import { withProof } from "../../components/people/with-proof.ts";
import { inLocalZone } from "../../components/text/times.ts";
import { makePersonLink, type PersonLinkAnswer, type PersonResource } from "../../data/people.ts";
import { notifyError } from "../../state/toasts.ts";
import { base, buttons } from "../../styles/shared.ts";
import "../../components/dialogs/dialog.ts";

@customElement("fl-person-link-dialog")
class PersonLinkDialog extends LitElement {
  static override styles = [base, buttons, secretTextStyles];

  email = "";
  effect = "";
  link!: PersonLinkAnswer;
  closed: () => void = () => {};

  protected override render() {
    const until = inLocalZone(new Date(this.link.expiresAt));
    return html`<fl-dialog heading="One-time link for ${this.email}" @closed=${() => this.closed()}>
      <p class="quiet">
        ${this.effect} It is valid until ${until}, and replaces earlier links. It is shown
        only once: copy it before you close this.
      </p>
      ${secretText(this.link.link, "one-time link", true)}
      <button
        slot="footer"
        class="button primary"
        @click=${() => this.renderRoot.querySelector<Dialog>("fl-dialog")?.close()}
      >
        Done
      </button>
    </fl-dialog>`;
  }
}

export async function showPersonLink({ id, email }: PersonResource): Promise<void> {
  let link: PersonLinkAnswer;
  try {
    link = await withProof(() => makePersonLink(id));
  } catch (error) {
    notifyError("The link could not be made", error);
    return;
  }
  await showLink(link, email, "Whoever opens it first sets this person's password.");
}

/** @param effect what the link does */
export async function showLink(link: PersonLinkAnswer, email: string, effect: string): Promise<void> {
  const element = new PersonLinkDialog();
  element.effect = effect;
  element.email = email;
  element.link = link;
  await new Promise<void>((resolve) => {
    element.closed = () => {
      element.remove();
      resolve();
    };
    document.body.append(element);
  });
}
