import type { InvitePersonBody, PersonPage, PersonResource, SignUpInfo } from "@fleetlog/protocol";
import { type Numbered, type Outcome, type PlannedPerson, RecordFault, refused } from "../records.ts";
import type { Accounts } from "./accounts.ts";
import { ApiError, type Client } from "./client.ts";
import type { Links } from "./links.ts";

type Person = Numbered<PlannedPerson>;
type Known = Pick<PersonResource, "id" | "account" | "status">;

export interface PeopleImport {
  readonly client: Client;
  readonly accounts: Accounts;
  readonly dryRun: boolean;
  readonly role: PersonResource["role"];
  readonly links: Links | undefined;
  readonly report: (outcome: Outcome) => void;
}

const PAGE = 1_000;
const FIELDS: Readonly<Record<string, string>> = {
  userName: "username",
  givenName: "givenname",
  familyName: "familyname",
};

/** Invites people who are not known yet. They set their passwords by a mail, or by a link that is written to a file. */
export class People {
  readonly #context: PeopleImport;
  #known: Promise<Map<string, Known>> | undefined;
  #mails: Promise<boolean> | undefined;

  constructor(context: PeopleImport) {
    this.#context = context;
  }

  /** @throws Error if the import can't go on */
  async import({ row, ...person }: Person): Promise<void> {
    const { dryRun, report, links } = this.#context;
    const known = await this.#all();
    const found = known.get(person.id);
    const outcome = { row, kind: "person", id: person.id } as const;
    try {
      if (found !== undefined && found.account !== person.account)
        throw new RecordFault(
          "person",
          person.id,
          "email",
          `somebody in the account ${found.account} has this address`,
        );
      if (dryRun) return report({ ...outcome, outcome: found === undefined ? "planned" : "there already" });
      const { id, account, status } = found ?? (await this.#invite(person));
      known.set(person.id, { id, account, status });
      if (status === "invited") await links?.add(person.id, id);
      const note = found === undefined ? { note: await this.#howToBegin() } : {};
      report({ ...outcome, outcome: found === undefined ? "created" : "there already", ...note });
    } catch (error) {
      if (!(error instanceof RecordFault)) throw error;
      report(refused(row, error));
    }
  }

  async #invite({ id: email, account, kind, ...names }: PlannedPerson): Promise<PersonResource> {
    const { client, accounts, role } = this.#context;
    await accounts.ensure(account);
    const body: InvitePersonBody = { email, role, account, ...names };
    try {
      return await client.post<PersonResource>("/api/people", body);
    } catch (error) {
      const isOfRecord = error instanceof ApiError && (error.status === 400 || error.code === "person-exists");
      if (!isOfRecord) throw error;
      const field = error.field ?? "email";
      throw new RecordFault(kind, email, FIELDS[field] ?? field, error.message);
    }
  }

  async #howToBegin(): Promise<string> {
    const { client, links } = this.#context;
    if (links !== undefined) return "a link for the password was written";
    this.#mails ??= client.get<SignUpInfo>("/api/people/sign-up").then(({ mail }) => mail);
    return (await this.#mails) ? "a link for the password is mailed" : "needs a link for the password: --links <file>";
  }

  #all(): Promise<Map<string, Known>> {
    this.#known ??= this.#readAll();
    return this.#known;
  }

  async #readAll(): Promise<Map<string, Known>> {
    const known = new Map<string, Known>();
    for (let cursor: string | null = ""; cursor !== null; ) {
      const query: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const page: PersonPage = await this.#context.client.get<PersonPage>(`/api/people?limit=${PAGE}${query}`);
      for (const { id, email, account, status } of page.items)
        if (status !== "ended" && status !== "erased") known.set(email, { id, account, status });
      cursor = page.next;
    }
    return known;
  }
}
