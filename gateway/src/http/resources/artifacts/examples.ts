const artifact = {
  name: "pump-firmware",
  version: "1.4.2",
  account: "main",
  size: 1_048_576,
  sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  sha1: "a94a8fe5ccb19ba61c4c0873d391e987982fbbd3",
  mediaType: "application/octet-stream",
  storedAt: "2026-01-31T12:00:00.000Z",
  storedBy: "admin",
  seq: 130,
};

export const ARTIFACT_EXAMPLES = {
  Artifact: artifact,
  ArtifactPage: { items: [artifact], next: null, total: 1 },
  LinkRequest: { expiresIn: "15m" },
  ArtifactLink: {
    url: "https://fleet.example/api/downloads/pump-firmware/1.4.2?account=main&for=people%2Fadmin&expires=1769861700&signature=Xz3n",
    expiresAt: "2026-01-31T12:15:00.000Z",
  },
};
