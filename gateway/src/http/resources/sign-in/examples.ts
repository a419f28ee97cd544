export const TOKEN_EXAMPLES = {
  LogIn: { email: "ada@example.org", password: "correct horse battery" },
  RefreshToken: { refreshToken: "the refresh token" },
  Tokens: {
    accessToken: "the access token",
    expiresAt: "2026-01-31T08:15:00.000Z",
    refreshToken: "the refresh token",
  },
};

export const SESSION_EXAMPLES = {
  ChangePassword: { password: "correct horse battery", newPassword: "another horse battery" },
  SignIn: { token: "the operator's token" },
  SessionInfo: {
    operator: { id: "admin", name: "admin", role: "admin" },
    person: { id: "admin", name: "admin" },
    account: "main",
    role: "admin",
    version: "0.1.0",
    gateway: "gateway-1",
    ports: { mqtt: 1883 },
  },
};

const PASSKEY = {
  id: "5b0f7c1e-8a7d-4a51-9a53-2f0a1c9e7d10",
  name: "Ada's phone",
  site: "fleet.example.org",
  addedAt: "2026-01-30T08:00:00.000Z",
  usedAt: "2026-02-02T07:30:00.000Z",
};
const CREDENTIAL = { id: "AYx3", rawId: "AYx3", type: "public-key" };
const CREATION = { ...CREDENTIAL, response: { clientDataJSON: "eyJ0", attestationObject: "o2Nm" } };

export const PASSKEY_EXAMPLES = {
  Passkey: PASSKEY,
  PasskeyList: { items: [PASSKEY], next: null, total: 1 },
  PasskeyOptions: { challenge: "MTc5", rpId: "fleet.example.org", timeout: 300_000, userVerification: "required" },
  PasskeyAssertion: {
    ...CREDENTIAL,
    response: { clientDataJSON: "eyJ0", authenticatorData: "SZYN", signature: "MEUC", userHandle: "MGM3" },
  },
  PasskeyCreation: CREATION,
  AddPasskey: { name: PASSKEY.name, credential: CREATION },
  RenamePasskey: { name: PASSKEY.name },
  Proof: { password: "correct horse battery" },
};
