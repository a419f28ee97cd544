import { confirm } from "../../components/dialogs/confirm.ts";
import { withProof } from "../../components/people/with-proof.ts";
import { endPerson, nameOf, type PersonResource, removeSecondFactor } from "../../data/people.ts";
import { notify, notifyError } from "../../state/toasts.ts";

/** Ends a person's access after confirmation; resolves with whether access ended. */
export async function confirmEnd(person: PersonResource): Promise<boolean> {
  const name = nameOf(person);
  const agreed = await confirm({
    heading: `End the access of ${name}?`,
    body: "All sign-ins and API keys of this person end within a second, and can't be brought back. The history of what they did stays.",
    action: "End access",
  });
  return (
    agreed && act(() => endPerson(person.id, false), `The access of ${name} has ended`, `${name} still has access`)
  );
}

/** As {@link confirmEnd}; also makes address and names unreadable. */
export async function confirmErase(person: PersonResource): Promise<boolean> {
  const name = nameOf(person);
  const agreed = await confirm({
    heading: `Erase ${name}?`,
    body: "Their access ends, and their email address and names can't be read any more: on no page, in no file, and not in the history. Nobody can undo this.",
    action: "Erase",
  });
  return agreed && act(() => endPerson(person.id, true), "The person is erased", `${name} is not erased`);
}

export async function confirmNoSecondFactor(person: PersonResource): Promise<boolean> {
  const name = nameOf(person);
  const agreed = await confirm({
    heading: `Turn off the second factor of ${name}?`,
    body: "For somebody who has lost it. Their password alone lets them in until they turn a new one on.",
    action: "Turn off",
  });
  const done = `The second factor of ${name} is off`;
  return agreed && act(() => removeSecondFactor(person.id), done, `The second factor of ${name} is still on`);
}

async function act(call: () => Promise<void>, done: string, failed: string): Promise<boolean> {
  try {
    await withProof(call);
    notify("good", done);
    return true;
  } catch (error) {
    notifyError(failed, error);
    return false;
  }
}
