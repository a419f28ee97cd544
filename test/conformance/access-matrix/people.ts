import { ROLES } from "@fleetlog/domain";
import type { PersonResource, TokenPair } from "@fleetlog/protocol";
import type { Api } from "../../support/api.ts";
import { eventually } from "../../support/eventually.ts";
import type { MailServer } from "../../support/mail-server.ts";

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
  "revoked API key",
  "device",
  "provisioning device",
] as const;
/** `trusted address`: a program of TPEDM at an address that needs no log-in. */
export type CallerName = (typeof NOBODIES)[number] | Role | "trusted address";

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

export async function everybody(hall: Hall, admin: Api, tokens: DeviceTokens): Promise<Caller[]> {
  const signedIn = async (name: Role, limited: boolean): Promise<Caller> => {
    const tags = limited ? ["roof"] : undefined;
    const person = await hall.withPassword(await hall.invite(name, { account: "main", word: name }, tags));
    return { name, token: (await hall.logIn(person)).accessToken, limited, nobody: false };
  };
  const ended = await hall.withPassword(await hall.invite("owner", { account: "main", word: "ended" }));
  const endedToken = (await hall.logIn(ended)).accessToken;
  await admin.call("DELETE", `/api/people/${ended.id}`);
  const key = await admin.call<{ id: string; key: string }>("POST", "/api/api-keys", { name: "Ended", role: "owner" });
  await admin.call("DELETE", `/api/api-keys/${key.body.id}`);
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
    nobody("revoked API key", key.body.key),
    nobody("device", tokens.device),
    nobody("provisioning device", tokens.provisioning),
    ...(await Promise.all(ROLES.flatMap((role) => [signedIn(role, false), signedIn(role, true)]))),
  ];
}
