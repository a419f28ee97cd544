import type { Api } from "../../support/api.ts";
import { Authority } from "../../support/certificates.ts";
import type { Cell, Recipe } from "./recipe.ts";

async function newAuthority(admin: Api, account: string, name: string, authority = new Authority(name)) {
  const { body } = await admin.call<{ code: string }>("POST", "/api/certificate-authorities/codes", { account });
  const verification = authority.issue({ names: [body.code] }).cert;
  return { name, account, certificate: authority.cert, code: body.code, verification };
}

async function authorityAt({ admin, account, name }: Cell, authority: Authority): Promise<string> {
  const body = await newAuthority(admin, account, name(), authority);
  const { id } = (await admin.call<{ id: string }>("POST", "/api/certificate-authorities", body)).body;
  return `/api/certificate-authorities/${id}`;
}

export const AUTHORITY_CALLS: Readonly<Record<string, Recipe>> = {
  "GET /api/certificate-authorities": () => ({ path: "/api/certificate-authorities" }),
  "POST /api/certificate-authorities/codes": ({ account }) => ({
    path: "/api/certificate-authorities/codes",
    body: { account },
  }),
  "POST /api/certificate-authorities": async (cell) => ({
    path: "/api/certificate-authorities",
    body: await newAuthority(cell.admin, cell.account, cell.name()),
  }),
  "PUT /api/certificate-authorities/{id}/revocation-list": async (cell) => {
    const authority = new Authority(cell.name());
    const path = await authorityAt(cell, authority);
    return { path: `${path}/revocation-list`, body: { list: authority.revoke([]) } };
  },
  "DELETE /api/certificate-authorities/{id}": async (cell) => ({
    path: await authorityAt(cell, new Authority(cell.name())),
  }),
};
