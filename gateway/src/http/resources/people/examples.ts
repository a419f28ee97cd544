const PERSON = {
  id: "0c7d1f0e-3c1a-4a53-9d0e-6a4f6c1b2d11",
  email: "ada@example.org",
  role: "operator",
  account: "main",
  tags: ["hall-2"],
  status: "active",
  devices: 12,
  createdAt: "2026-01-30T08:00:00.000Z",
  createdBy: "admin",
  seq: 120,
};

export const PEOPLE_EXAMPLES = {
  Person: PERSON,
  PersonPage: { items: [PERSON], next: null, total: 1 },
  InvitePerson: { email: "ada@example.org", role: "operator", tags: ["hall-2"] },
  ChangePerson: { role: "viewer", tags: null },
  PersonLink: {
    link: "https://fleet.example.org/reset#email=ada%40example.org&code=7KQ2M9XWTP",
    code: "7KQ2M9XWTP",
    expiresAt: "2026-01-31T08:00:00.000Z",
  },
};

export const SIGN_UP_EXAMPLES = {
  SignUpInfo: { signUp: "open", mail: true },
  SignUp: {
    email: "ada@example.org",
    password: "correct horse battery",
    userName: "ada",
    givenName: "Ada",
    familyName: "Lovelace",
  },
  ConfirmPerson: { email: "ada@example.org", code: "7KQ2M9XWTP" },
  ForgotPassword: { email: "ada@example.org" },
  ResetPassword: { email: "ada@example.org", code: "7KQ2M9XWTP", password: "correct horse battery" },
  Accepted: { message: "If this address can sign up, a code is on its way to it." },
};
