import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Provider from "oidc-provider";

export const CLIENT_ID = "fleetlog-test";
export const CLIENT_SECRET = "client-secret-0123456789";

export interface TestProvider {
  readonly issuer: string;
  readonly people: Map<string, Readonly<Record<string, unknown>>>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startProvider(callback: string): Promise<TestProvider> {
  const people: TestProvider["people"] = new Map();
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        redirect_uris: [callback],
        token_endpoint_auth_method: "client_secret_post",
      },
    ],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["given_name", "family_name", "groups"] },
    cookies: { keys: ["a test's key"] },
    pkce: { required: () => true },
    async findAccount(_, id) {
      return { accountId: id, claims: async () => ({ ...people.get(id), sub: id }) };
    },
  });
  server.on("request", provider.callback());
  return {
    issuer,
    people,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
