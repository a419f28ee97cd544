const group = {
  id: "7b1e0c52-3f64-4a8f-9d05-1c2b3a4d5e6f",
  name: "Meters of spring",
  account: "main",
  proof: "derived",
  quota: 500,
  enrolled: 12,
  enabled: true,
  ended: false,
  expiresAt: "2026-06-30T00:00:00.000Z",
  reenrolment: "refuse",
  idPattern: "meter-*",
  allowPlain: false,
  tags: ["hall-2"],
  type: "meter",
  configuration: { interval: 30 },
  bundles: [],
  createdAt: "2026-01-31T12:00:00.000Z",
  createdBy: "admin",
  updatedAt: "2026-01-31T12:05:00.000Z",
  seq: 142,
};
const token = `${group.id}.f3Jm0b6nQ1xU8s2LrT4wYz7AhT7mQ2vK9xB4nC8wR3s`;

export const ENROLMENT_EXAMPLES = {
  EnrolmentGroup: group,
  EnrolmentGroupPage: { items: [group], next: null, total: 1 },
  CreateEnrolmentGroup: {
    name: group.name,
    quota: group.quota,
    expiresAt: "2026-06-30T00:00:00Z",
    proof: "derived",
    idPattern: "meter-*",
    tags: ["hall-2"],
    type: "meter",
    configuration: { interval: 30 },
  },
  CreatedEnrolmentGroup: { id: group.id, token },
  ChangeEnrolmentGroup: { quota: 1_000, enabled: true },
  EnrolledDevicePage: {
    items: [
      {
        device: "meter-17",
        request: "0f1e2d3c-4b5a-4678-9abc-def012345678",
        open: false,
      },
    ],
    next: null,
    total: 1,
  },
  RotatedEnrolmentSecret: { token, previousUntil: "2026-02-01T12:00:00.000Z" },
};

const code = {
  id: "Xk3vQ9tR1mZ8wL5yB2nC7d",
  batch: "spring",
  number: 17,
  state: "used",
  account: "main",
  device: "meter-17",
  tags: ["hall-2"],
  type: "meter",
  expiresAt: "2026-12-31T00:00:00.000Z",
  claimedBy: "ann",
  claimedFor: "north",
  claimedAt: "2026-02-01T09:00:00.000Z",
  createdAt: "2026-01-31T12:00:00.000Z",
  createdBy: "admin",
  updatedAt: "2026-02-01T09:00:00.000Z",
  seq: 150,
};

export const CLAIM_EXAMPLES = {
  ClaimCode: code,
  ClaimCodePage: { items: [code], next: null, total: 1 },
  MakeClaimCodes: { count: 100, batch: "spring", tags: ["hall-2"], type: "meter", expiresAt: "2026-12-31T00:00:00Z" },
  MadeClaimCodes: { batch: "spring", items: [{ number: 1, code: "K7XM-93TV-AWYC-HJ4D-GPRF" }] },
  Claim: { code: "K7XM-93TV-AWYC-HJ4D-GPRF", name: "Meter in the hall" },
  Claimed: { device: "meter-17", account: "north", registered: true },
};
