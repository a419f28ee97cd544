import { send } from "../../conformance/access-matrix/send.ts";
import { eventually } from "../../support/eventually.ts";
import { startMailServer } from "../../support/mail-server.ts";
import { type Stack, startStack } from "../../support/stack.ts";
import { type Measure, median, type Result } from "../measure.ts";

const PASSWORD = "correct horse battery";
const PEOPLE = 20;

const TRIES = {
  "sign-up": { path: "/api/people/sign-up", body: { password: PASSWORD } },
  "log-in": { path: "/api/tokens", body: { password: "wrong password" } },
  forgot: { path: "/api/people/forgot", body: {} },
  reset: { path: "/api/people/reset", body: { code: "AAAAAAAAAA", password: PASSWORD } },
} as const;

export const evenAnswers: Measure = {
  name: "even answers",
  async run({ quick, progress }) {
    await using mail = await mailServer();
    await using stack = await startStack({
      env: { FLEETLOG_SMTP_URL: mail.url, FLEETLOG_MAIL_FROM: "fleetlog@example.org", FLEETLOG_SIGN_UP: "open" },
    });
    const known: string[] = [];
    for (let i = 0; i < PEOPLE; i++) known.push(await person(stack, mail, `known-${i}@example.org`));
    const results: Result[] = [];
    for (const [name, { path, body }] of Object.entries(TRIES)) {
      progress(`${name}, alternately for known and unknown addresses`);
      const times: Record<"known" | "unknown", number[]> = { known: [], unknown: [] };
      for (let i = 0; i < (quick ? 100 : 1_000); i++) {
        const addresses = { known: known[i % PEOPLE] ?? "", unknown: `unknown-${name}-${i}@example.org` };
        for (const kind of i % 2 === 0 ? (["known", "unknown"] as const) : (["unknown", "known"] as const)) {
          const began = performance.now();
          await send(stack.api.url, "POST", { path, body: { ...body, email: addresses[kind] } });
          times[kind].push(performance.now() - began);
        }
      }
      results.push({
        name: `${name}, known address`,
        value: median(times.known),
        unit: "ms",
        reference: { name: "unknown address", value: median(times.unknown) },
        goal: { atLeast: 0.95, atMost: 1.05 },
      });
    }
    return results;
  },
};

async function mailServer() {
  const server = await startMailServer();
  return { ...server, newest: server.newest, [Symbol.asyncDispose]: () => server.stop() };
}

async function person({ api }: Stack, mail: Awaited<ReturnType<typeof mailServer>>, email: string): Promise<string> {
  await send(api.url, "POST", { path: "/api/people/sign-up", body: { email, password: PASSWORD } });
  const code = await eventually(() => {
    const found = mail.newest(email)?.code;
    if (found === undefined) throw new Error("no mail yet");
    return found;
  });
  await send(api.url, "POST", { path: "/api/people/confirm", body: { email, code } });
  return email;
}
