export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const nothing: Tally = { passed: 0, failed: 0, skipped: 0 };

export function add(...tallies: readonly Tally[]): Tally {
  return tallies.reduce(
    (sum, each) => ({
      passed: sum.passed + each.passed,
      failed: sum.failed + each.failed,
      skipped: sum.skipped + each.skipped,
    }),
    nothing,
  );
}

/**
 * The last line of a run.
 *
 * @param inContainers the tests of `tally` that ran in containers
 */
export function summary(tally: Tally, inContainers = nothing): string {
  const skipped = tally.skipped === 0 ? "" : `, ${tally.skipped} skipped`;
  const ran = inContainers.passed + inContainers.failed;
  return `${tally.passed} passed, ${tally.failed} failed${skipped}${ran === 0 ? "" : ` (${ran} of them in containers)`}`;
}

/** The counted part of Vitest's JSON report. */
export interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

/**
 * Also counts as failures: a file that broke outside its tests, an unexplained exit code, a missing report and, without
 * `mayBeEmpty`, a run without tests.
 */
export function tallyVitest(report: VitestReport | undefined, exitCode: number, mayBeEmpty = false): Tally {
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const brokenFiles = report.testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
  ).length;
  const passed = report.numPassedTests;
  const skipped = report.numPendingTests + report.numTodoTests;
  const failed = report.numFailedTests + brokenFiles;
  const unexplained = failed === 0 && (exitCode !== 0 || (passed + skipped === 0 && !mayBeEmpty));
  return { passed, failed: unexplained ? 1 : failed, skipped };
}
