import Type, { type Static } from "typebox";

export const SignInWays = Type.Object({
  openId: Type.Boolean({ description: "By an OpenID provider: send the browser to `/api/session/openid`" }),
});
export type SignInWays = Static<typeof SignInWays>;
