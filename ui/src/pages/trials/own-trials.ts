import type { ApiError } from "../../data/api.ts";
import { asApiError, isTransient } from "../../data/problem.ts";
import { endTrial, getTrial, startTrial, type Trial } from "../../data/trials.ts";
import { Store } from "../../state/store.ts";
import { bodyOf, type Settings } from "./settings.ts";

export interface OwnTrial {
  /** Id of the person who began the trial: another person may sign in in this tab. */
  readonly by: string;
  readonly settings: Settings;
  readonly trial: Trial;
  /** Why a running trial can't be read any more. */
  readonly error?: ApiError;
}

const POLL_MS = 1_000;
const MOST = 20;

/** Trials that this tab has begun, the newest first, so that they are still there after a look at a device. */
export const ownTrials = new Store<readonly OwnTrial[]>([]);

/** @throws ApiError */
export async function begin(by: string, settings: Settings): Promise<Trial> {
  const trial = await startTrial(bodyOf(settings));
  ownTrials.set([{ by, settings, trial }, ...ownTrials.value].slice(0, MOST));
  poll();
  return trial;
}

export function remove(id: string): void {
  const found = ownTrials.value.find(({ trial }) => trial.id === id);
  ownTrials.set(ownTrials.value.filter((one) => one !== found));
  if (found !== undefined && isRunning(found)) endTrial(id).catch(() => {});
}

let polling = false;

function poll(): void {
  if (polling) return;
  polling = true;
  setTimeout(async () => {
    const read = await Promise.all(ownTrials.value.filter(isRunning).map(newer));
    polling = false;
    const byId = new Map(read.map((one) => [one.trial.id, one]));
    // Other trials may have begun, or been removed, meanwhile.
    ownTrials.set(ownTrials.value.map((one) => byId.get(one.trial.id) ?? one));
    if (ownTrials.value.some(isRunning)) poll();
  }, POLL_MS);
}

function isRunning({ trial, error }: OwnTrial): boolean {
  return trial.state === "running" && error === undefined;
}

async function newer(one: OwnTrial): Promise<OwnTrial> {
  const { id } = one.trial;
  try {
    const trial = await getTrial(id);
    // The tab has the result now, so the historian can forget the trial: it keeps few trials of a person.
    if (trial.state !== "running") endTrial(id).catch(() => {});
    return { ...one, trial };
  } catch (thrown) {
    const error = asApiError(thrown);
    return isTransient(error) ? one : { ...one, error };
  }
}
