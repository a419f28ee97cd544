import type { SystemResource } from "@fleetlog/protocol";
import type { Stack } from "../../support/stack.ts";

/** The newest sequence of FLEET. */
export async function newestSeq({ api }: Pick<Stack, "api">): Promise<number> {
  const { streams } = (await api.call<SystemResource>("GET", "/api/system")).body;
  return streams.find(({ name }) => name === "FLEET")?.lastSeq ?? 0;
}

/** Answers about the log up to a sequence, which never change. An answer is undefined if it is refused at the moment. */
export async function pastAnswers(
  { api }: Pick<Stack, "api">,
  upTo: number,
): Promise<Record<string, string | undefined>> {
  const half = Math.ceil(upTo / 2);
  const gets = [half, upTo].flatMap((at) => [
    `/api/history/devices?at=${at}&counts=true&limit=100`,
    `/api/history/summary?at=${at}`,
    `/api/history/views/commands.list?at=${at}`,
  ]);
  const sql = [
    "SELECT count(*), max(seq), sum(length(data)) FROM events",
    "SELECT count(*), sum(seq) FROM devices_versions",
  ];
  const asked = [
    ...[...gets, `/api/history/diff?from=${half}&to=${upTo}`].map((path) => ({ method: "GET", path, body: undefined })),
    ...sql.map((text) => ({ method: "POST", path: "/api/history/query", body: { sql: text, at: String(upTo) } })),
  ];
  const answers: Record<string, string | undefined> = {};
  for (const { method, path, body } of asked) {
    const answer = await api.call(method, path, body).catch(() => undefined);
    const name = `${path} ${body?.sql ?? ""}`;
    answers[name] = answer?.status === 200 ? JSON.stringify(answer.body) : undefined;
  }
  return answers;
}
