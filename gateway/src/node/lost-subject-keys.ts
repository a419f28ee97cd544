import type { Logger } from "pino";

const MAX_SUBJECTS = 1_000;

/** Logs each lost key of personal fields once, for at most 1,000 people. */
export function lostSubjectKeys(logger: Pick<Logger, "error">): (subject: string) => void {
  const logged = new Set<string>();
  return (subject) => {
    if (logged.has(subject) || logged.size >= MAX_SUBJECTS) return;
    logged.add(subject);
    const reason =
      "the store of keys (KV_subject-keys) has lost the key of this person's names and address, which are shown as erased; restore a backup: nothing else opens them";
    logger.error({ id: subject, reason }, "personal fields can't be opened, because their key is lost");
  };
}
