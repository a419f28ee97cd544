import { createHmac, X509Certificate } from "node:crypto";
import type { ChannelResource, ChannelTest, PersonResource } from "@fleetlog/protocol";
import { expect } from "vitest";
import type { Api } from "./api.ts";
import { eventually } from "./eventually.ts";
import type { HttpReceiver } from "./http-receiver.ts";

const EMAIL = "kept@example.org";
const SMS_TOKEN = "token-of-the-sms-gateway";

/** What was sealed with the installation key, to open it again after a restore. */
export interface Sealed {
  readonly person: string;
  readonly webhookSecret: string;
  readonly authority: string;
}

/** Stores a webhook's secret, an SMS gateway's token, a person's address and an authority's key. The device exists. */
export async function sealWith(api: Api, receiver: HttpReceiver, device: string): Promise<Sealed> {
  const put = (id: string, body: object) => api.call<ChannelResource>("PUT", `/api/channels/${id}`, body);
  const hook = await put("hook", { kind: "webhook", url: `${receiver.url}/hook` });
  const to = ["+4930123456"];
  const sms = { kind: "sms", provider: "http", url: `${receiver.url}/sms`, to, token: SMS_TOKEN };
  expect((await put("texts", sms)).status).toBe(201);
  const invited = await api.call<PersonResource>("POST", "/api/people", { email: EMAIL, role: "viewer" });
  expect(invited.status).toBe(201);
  const authority = await authorityOf(api);
  await issue(api, device, authority);
  return { person: invited.body.id, webhookSecret: hook.body.secret ?? "", authority };
}

/** Expects that everything can be opened. */
export async function expectOpened(api: Api, receiver: HttpReceiver, device: string, sealed: Sealed): Promise<void> {
  for (const id of ["hook", "texts"]) {
    await eventually(async () =>
      expect(
        (await api.call<ChannelTest>("POST", `/api/channels/${id}/test`, { text: "restored" })).body,
      ).toMatchObject({
        state: "sent",
      }),
    );
  }
  const [hook, sms] = ["/hook", "/sms"].map((path) => receiver.posts.findLast((post) => post.path === path));
  expect(sms?.headers.authorization).toBe(`Bearer ${SMS_TOKEN}`);
  const { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": signature } = hook?.headers ?? {};
  const key = Buffer.from(sealed.webhookSecret.replace(/^whsec_/, ""), "base64");
  const expected = createHmac("sha256", key).update(`${id}.${at}.${hook?.body}`).digest("base64");
  expect(signature).toBe(`v1,${expected}`);

  const { body: person } = await api.call<PersonResource>("GET", `/api/people/${sealed.person}`);
  expect(person).toMatchObject({ id: sealed.person, email: EMAIL });
  expect(await authorityOf(api)).toBe(sealed.authority);
  await issue(api, device, sealed.authority);
}

async function authorityOf(api: Api): Promise<string> {
  return (await api.call<string>("GET", "/api/authority")).body;
}

async function issue(api: Api, device: string, authority: string): Promise<void> {
  const { status, body } = await api.call<{ readonly certificate: string }>(
    "POST",
    `/api/devices/${device}/certificates`,
  );
  expect(status).toBe(201);
  const issuer = new X509Certificate(authority);
  expect(new X509Certificate(body.certificate).verify(issuer.publicKey)).toBe(true);
}
