import { expect, it } from "vitest";
import { streamInfo } from "./stream-info.ts";

function server(...answers: readonly object[]) {
  let asked = 0;
  const api = async (): Promise<never> => {
    const answer = answers[Math.min(asked, answers.length - 1)];
    asked += 1;
    return answer as never;
  };
  return { api };
}

const state = { last_seq: 7 };

it("the answer of a server without a cluster is used", async () => {
  expect(await streamInfo(server({ state }), "FLEET")).toEqual({ state });
});

it("an answer without a leader is not used, because it may come from an old copy", async () => {
  const led = { state, cluster: { leader: "b" } };
  expect(await streamInfo(server({ state: { last_seq: 0 }, cluster: {} }, led), "FLEET")).toEqual(led);
});

it("without a leader, the log is unavailable, and the error names the stream", async () => {
  const asked = streamInfo(server({ state, cluster: { leader: "" } }), "FLEET", {}, 60);
  await expect(asked).rejects.toMatchObject({
    code: "log-unavailable",
    message: expect.stringMatching(/leads the stream FLEET/),
  });
});
