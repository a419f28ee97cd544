import { createHash } from "node:crypto";
import type { Diff } from "@fleetlog/protocol";
import type { Stack } from "./stack.ts";

/**
 * The answers of the running historian about the log up to a sequence: two historians of one log give the same ones.
 *
 * @throws Error while the historian does not answer, or reports no change
 */
export async function historyAnswers({ api, adminToken }: Pick<Stack, "api" | "adminToken">, upTo: number) {
  const get = async <Body = unknown>(path: string): Promise<Body> => {
    const { status, body } = await api.call<Body>("GET", path);
    if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
    return body;
  };
  const bytes = async (query: string) => {
    const answer = await fetch(`${api.url}/api/history/export?${query}`, {
      headers: { authorization: `Bearer ${adminToken}` },
    });
    if (answer.status !== 200) throw new Error(`export?${query}: ${answer.status}`);
    return createHash("sha256")
      .update(await answer.bytes())
      .digest("hex");
  };
  const moments = [0.2, 0.5, 1].map((part) => Math.ceil(upTo * part));
  const [early = 1, middle = 1] = moments;
  const diffs = [
    await get<Diff>(`/api/history/diff?from=${early}&to=${middle}`),
    await get<Diff>(`/api/history/diff?from=${middle}&to=${upTo}`),
  ];
  const causes = diffs.flatMap(({ items }) => items.slice(0, 3).flatMap(({ events }) => events.slice(0, 1)));
  if (causes.length === 0) throw new Error("the diffs name no event");
  return {
    lists: await Promise.all(moments.map((at) => get(`/api/history/devices?at=${at}&counts=true&limit=100`))),
    summaries: await Promise.all(moments.map((at) => get(`/api/history/summary?at=${at}`))),
    commands: await get(`/api/history/views/commands.list?at=${upTo}`),
    diffs,
    chains: await Promise.all(causes.map(({ id }) => get(`/api/history/chain/${encodeURIComponent(id)}`))),
    lines: await bytes(`to=${upTo}`),
    parquet: await bytes(`format=parquet&to=${upTo}`),
    telemetry: await bytes("category=telemetry"),
  };
}
