import { ROLES } from "@fleetlog/domain";
import { connectBackbone, declareStreams } from "@fleetlog/log";
import type { PersonResource, TokenPair } from "@fleetlog/protocol";
import { Api } from "../../support/api.ts";
import { eventually } from "../../support/eventually.ts";
import type { MailServer } from "../../support/mail-server.ts";
import { claimCode, enrolmentGroup } from "./onboarding.ts";

type Role = (typeof ROLES)[number];

/**
 * Place of a call's target. `own`: the caller's account. `other`: another account. `tagged`, `untagged`: the account of
 * a caller limited to a tag, on a device with or without the tag.
 */
export const PLACES = ["own", "other", "tagged", "untagged"] as const;
export type Place = (typeof PLACES)[number];

/** Account and tag of each place. Names of things at a place begin with its `word`, so that answers show leaks. */
export const WORLD: Readonly<Record<Place, { account: string; tag: string; word: string }>> = {
  own: { account: "main", tag: "roof", word: "roof" },
  other: { account: "elsewhere", tag: "roof", word: "elsewhere" },
  tagged: { account: "main", tag: "roof", word: "roof" },
  untagged: { account: "main", tag: "cellar", word: "cellar" },
};

export const NOBODIES = [
  "nobody",
  "wrong token",
  "ended person",
  "expired access token",
  "revoked API key",
  "expired API key",
  "device",
  "provisioning device",
  "enrolment secret",
  "claim code",
] as const;
/** `trusted address`: a program of TPEDM at an address that needs no log-in. */
export type CallerName = (typeof NOBODIES)[number] | Role | "trusted address" | "owner's key";

export interface Caller {
  readonly name: CallerName;
  /** Undefined: no token. */
  readonly token: string | undefined;
  readonly limited: boolean;
  readonly nobody: boolean;
}

export const PASSWORD = "correct horse battery";
let count = 0;

export interface Invited {
  readonly id: string;
  readonly email: string;
}

export class Hall {
  readonly #admin: Api;
  readonly #mail: MailServer;

  constructor(admin: Api, mail: MailServer) {
    this.#admin = admin;
    this.#mail = mail;
  }

  /** The API with another token. */
  as(token: string): Api {
    return new Api(this.#admin.url, token);
  }

  async signUp(email: string): Promise<string> {
    await this.#must("/api/people/sign-up", { email, password: PASSWORD });
    return eventually(async () => {
      const code = this.#mail.newest(email)?.code;
      if (code === undefined) throw new Error(`${email} has got no mail`);
      return code;
    });
  }

  async invite(role: Role, { account, word }: { account: string; word: string }, tags?: string[]): Promise<Invited> {
    const email = `${word}-${++count}@example.org`;
    const body = { email, role, account, ...(tags !== undefined && { tags }) };
    const { id } = (await this.#must<PersonResource>("/api/people", body)).body;
    return { id, email };
  }

  async code({ id }: Invited): Promise<string> {
    return (await this.#must<{ code: string }>(`/api/people/${id}/link`)).body.code;
  }

  async withPassword(invited: Invited): Promise<Invited> {
    await this.#must("/api/people/reset", {
      email: invited.email,
      code: await this.code(invited),
      password: PASSWORD,
    });
    return invited;
  }

  async logIn({ email }: Invited): Promise<TokenPair> {
    return (await this.#must<TokenPair>("/api/tokens", { email, password: PASSWORD })).body;
  }

  async #must<Body>(path: string, body?: unknown): Promise<{ body: Body }> {
    const answer = await this.#admin.call<Body>("POST", path, body);
    if (answer.status >= 300) throw new Error(`POST ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer;
  }
}

/** Tokens of a device and of an open provision request. */
export interface DeviceTokens {
  readonly device: string;
  readonly provisioning: string;
}

/** @param nats URL at which tests can read and write everything */
export async function everybody(hall: Hall, admin: Api, tokens: DeviceTokens, nats: string): Promise<Caller[]> {
  const signedIn = async (name: Role, limited: boolean): Promise<Caller> => {
    const tags = limited ? ["roof"] : undefined;
    const person = await hall.withPassword(await hall.invite(name, { account: "main", word: name }, tags));
    return { name, token: (await hall.logIn(person)).accessToken, limited, nobody: false };
  };
  const ended = await hall.withPassword(await hall.invite("owner", { account: "main", word: "ended" }));
  const endedToken = (await hall.logIn(ended)).accessToken;
  await admin.call("DELETE", `/api/people/${ended.id}`);
  const expired = await hall.withPassword(await hall.invite("owner", { account: "main", word: "expired" }));
  const expiredToken = (await hall.logIn(expired)).accessToken;
  await expireTokens(nats, expired.id);
  const newKey = async (more: object) =>
    (await admin.call<{ id: string; key: string }>("POST", "/api/api-keys", { name: "K", role: "owner", ...more }))
      .body;
  const key = await newKey({});
  await admin.call("DELETE", `/api/api-keys/${key.id}`);
  const expiredKey = await newKey({ expiresAt: new Date(Date.now() + 1_000).toISOString() });
  const { token: secret } = await enrolmentGroup(admin);
  const code = await claimCode(admin);
  const nobody = (name: CallerName, token: string | undefined): Caller => ({
    name,
    token,
    limited: false,
    nobody: true,
  });
  return [
    nobody("nobody", undefined),
    nobody("wrong token", "flo_wrong"),
    nobody("ended person", endedToken),
    nobody("expired access token", expiredToken),
    nobody("revoked API key", key.key),
    nobody("expired API key", expiredKey.key),
    nobody("device", tokens.device),
    nobody("provisioning device", tokens.provisioning),
    nobody("enrolment secret", secret),
    nobody("claim code", code),
    ...(await Promise.all(ROLES.flatMap((role) => [signedIn(role, false), signedIn(role, true)]))),
  ];
}

/** Programs with an API key: of an owner without limits, and limited to a tag. */
export async function keyHolders(hall: Hall): Promise<Caller[]> {
  const owner = await hall.withPassword(await hall.invite("owner", { account: "main", word: "key-owner" }));
  const api = hall.as((await hall.logIn(owner)).accessToken);
  return Promise.all(
    [undefined, ["roof"]].map(async (tags): Promise<Caller> => {
      const body = { name: "Program", role: "owner", ...(tags && { tags }) };
      const { key } = (await api.call<{ key: string }>("POST", "/api/api-keys", body)).body;
      return { name: "owner's key", token: key, limited: tags !== undefined, nobody: false };
    }),
  );
}

/** Ends the access tokens in the store, because they last 15 minutes. */
async function expireTokens(nats: string, person: string): Promise<void> {
  const limits = { maxBytes: 1024 ** 3, replicas: 1 };
  const streams = declareStreams({ FLEET: limits, TELEMETRY: limits });
  const { buckets, close } = await connectBackbone({ url: nats, name: "expired-tokens", streams, role: "projector" });
  const bucket = await buckets.open("people-tokens", { maxBytes: 64 * 1024 ** 2, ttlMs: 30 * 86_400_000 });
  const found = (await bucket.entries("family.")).find(({ value }) => (value as Family).person === person);
  if (found === undefined) throw new Error(`${person} has no tokens`);
  const family = found.value as Family;
  const access = family.access.map((token) => ({ ...token, until: Date.now() - 1 }));
  if ((await bucket.update(found.key, { ...family, access }, found.revision)) === undefined)
    throw new Error("the tokens were changed meanwhile");
  await close();
}

interface Family {
  readonly person: string;
  readonly access: readonly { readonly until: number }[];
}
