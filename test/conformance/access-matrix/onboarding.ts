import type { Api } from "../../support/api.ts";

let count = 0;

export async function enrolmentGroup(admin: Api): Promise<{ readonly id: string; readonly token: string }> {
  const body = { name: `Group ${++count}`, quota: 10 };
  return (await admin.call<{ id: string; token: string }>("POST", "/api/enrolment-groups", body)).body;
}

/** A code that nobody has claimed. */
export async function claimCode(admin: Api): Promise<string> {
  const { body } = await admin.call<{ items: { code: string }[] }>("POST", "/api/claim-codes", { count: 1 });
  return body.items[0]?.code ?? "";
}
