import {
  changeEnrolmentGroup,
  type EnrolmentGroupResource,
  endEnrolmentGroup,
  rotateEnrolmentSecret,
} from "../../data/onboarding.ts";
import { notify, notifyError } from "../../state/toasts.ts";
import { confirm } from "../dialogs/confirm.ts";
import { showSecrets } from "../dialogs/secrets-dialog.ts";

const OVERLAP = "24h";

/** What an operator can do with an enrolment group. Each resolves when it is done, or was cancelled or refused. */
export const enrolmentActions = {
  async switch({ id, name, enabled }: EnrolmentGroupResource): Promise<void> {
    await tried(`${name} could not be changed`, () => changeEnrolmentGroup(id, { enabled: !enabled }));
  },

  async rotate({ id, name, proof }: EnrolmentGroupResource): Promise<void> {
    const body = `The present secret stays valid for ${OVERLAP}. Secrets before it end at once.`;
    if (!(await confirm({ heading: `New secret of ${name}?`, body, action: "Make a new secret", tone: "primary" })))
      return;
    await tried("The secret could not be replaced", async () => {
      const { token } = await rotateEnrolmentSecret(id, OVERLAP);
      const password = proof === "derived" ? "a key derived from it" : "it, or a key derived from it";
      const note = `It is shown only once. In ${OVERLAP}, devices can enrol only with ${password}.`;
      await showSecrets({ heading: `New secret of ${name}`, note, secrets: { Secret: token } });
    });
  },

  async end({ id, name }: EnrolmentGroupResource): Promise<void> {
    const body = "From now on no device enrols by it. Devices that are enrolled stay. This cannot be undone.";
    if (!(await confirm({ heading: `End ${name}?`, body, action: "End group" }))) return;
    await tried(`${name} could not be ended`, async () => {
      await endEnrolmentGroup(id);
      notify("good", `${name} has ended`);
    });
  },
} as const;

async function tried(failure: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    notifyError(failure, thrown);
  }
}
