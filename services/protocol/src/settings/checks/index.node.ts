import { loadSettings } from "../load.node.ts";
import { type Environment, SettingsError } from "../parse.ts";
import type { Settings } from "../schema.ts";
import { PROCESSES, type ProcessName, type SettingsCheck } from "./check.ts";
import { credentialsFile } from "./credentials.node.ts";
import { writableFolder } from "./folder.node.ts";
import { portsApart } from "./ports.ts";
import { replicasNeedCluster } from "./replicas.ts";
import { authorities, certificate, keyOf, needs, privateKey, revocationLists, together } from "./tls.node.ts";

/** A new check is a line here. The launcher makes all of them, so that none is found late by a process that it starts. */
const CHECKS: readonly SettingsCheck[] = [
  { of: ["launcher", "gateway"], problem: together("tlsCert", "tlsKey") },
  { of: ["launcher", "gateway"], problem: certificate("tlsCert") },
  { of: ["launcher", "gateway"], problem: privateKey("tlsKey") },
  { of: ["launcher", "gateway"], problem: keyOf("tlsCert", "tlsKey") },
  { of: ["launcher", "gateway"], problem: needs("tlsClientCa", "tlsCert") },
  { of: ["launcher", "gateway"], problem: authorities("tlsClientCa") },
  { of: ["launcher", "gateway"], problem: needs("tlsClientCrl", "tlsClientCa") },
  { of: ["launcher", "gateway"], problem: revocationLists("tlsClientCrl") },
  { of: ["launcher", "gateway"], problem: portsApart },
  { of: PROCESSES, problem: credentialsFile("natsCreds") },
  { of: ["launcher"], problem: replicasNeedCluster },
  { of: ["launcher", "projector", "fleet"], problem: writableFolder("dataDir") },
];

/**
 * The settings of a process that starts now, checked against this machine too.
 * @throws SettingsError that lists everything that is wrong
 */
export function startSettings(process: ProcessName, env?: Environment): Settings {
  const settings = loadSettings(env);
  const problems = CHECKS.filter((check) => check.of.includes(process)).flatMap(
    (check) => check.problem(settings) ?? [],
  );
  if (problems.length > 0) throw new SettingsError(problems);
  return settings;
}
