import { invalid } from "@fleetlog/domain";
import type { SignInBody } from "@fleetlog/protocol";

/** @throws FleetError `invalid-request` if the body has no complete way to sign in, or a token beside another way */
export function requireOneWay({ token, email, password, passkey }: SignInBody): void {
  const other = email !== undefined || password !== undefined || passkey !== undefined;
  if (token !== undefined) {
    if (other) throw invalid("token", "token was given beside another way to sign in: give one of them");
    return;
  }
  if (!other) throw invalid("token", "token is required, or email and password, or passkey");
  if (passkey !== undefined) return;
  if (email === undefined) throw invalid("email", "email is required, because password was given");
  if (password === undefined) throw invalid("password", "password is required, because email was given");
}
