import Type, { type Static } from "typebox";
import { OpenIdConnection } from "../views/people.ts";

export const SignInWays = Type.Object({
  openId: Type.Boolean({ description: "By an OpenID provider: send the browser to `/api/session/openid`" }),
  passkeys: Type.Boolean({ description: "By a passkey; browsers have none at addresses without https or a host name" }),
});
export type SignInWays = Static<typeof SignInWays>;

export const OpenIdList = Type.Object({
  available: Type.Boolean({ description: "Whether another identity can be connected" }),
  items: Type.Array(OpenIdConnection),
});
export type OpenIdList = Static<typeof OpenIdList>;

export const ConnectOpenIdAnswer = Type.Object({
  url: Type.String({ description: "The provider's address; the provider sends the browser back" }),
});
export type ConnectOpenIdAnswer = Static<typeof ConnectOpenIdAnswer>;
