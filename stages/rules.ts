/** The rules that a job names. @module */
import type { AttackRules } from "../lib/attacks/plan.ts";
import type { Activation } from "../lib/models/activation.ts";
import type { Architecture } from "../lib/models/architecture.ts";
import type { ModelRules } from "../lib/models/card.ts";
import type { ReportRules } from "../lib/report/names.ts";
import type { Method } from "../lib/training/method.ts";
import type { Job } from "./job.ts";

/** The rules among which a training's are. */
export interface TrainRules extends ModelRules {
  readonly method: Readonly<Record<string, Method>>;
}

/**
 * Loads the rules of one kind that a job names, by name. Call it before anything is reported: the
 * first message says that all code has been read.
 *
 * @param kind For example `activation`
 * @throws {TypeError} If a module does not export a rule of this kind
 */
export async function loadRules<Rule>(
  { cell, rules = {} }: Pick<Job, "cell" | "rules">,
  kind: string,
): Promise<Readonly<Record<string, Rule>>> {
  const load = async ([name, module]: [string, string]): Promise<[string, Rule]> => {
    const rule = (await import(module))[kind];
    if (rule !== undefined) return [name, rule];
    throw new TypeError(`Cannot run ${cell}: "${module}" exports no "${kind}"`);
  };
  return Object.fromEntries(await Promise.all(Object.entries(rules[kind] ?? {}).map(load)));
}

/** The method, the architecture and the activation of a job. */
export async function loadTrainRules(job: Pick<Job, "cell" | "rules">): Promise<TrainRules> {
  const method = await loadRules<Method>(job, "method");
  return { ...await loadModelRules(job), method };
}

/** The rules that a report names: those of its rows and columns. */
export async function loadReportRules(job: Pick<Job, "cell" | "rules">): Promise<ReportRules> {
  const [method, activation, architecture, attack] = await Promise.all([
    loadRules<ReportRules["method"][string]>(job, "method"),
    loadRules<ReportRules["activation"][string]>(job, "activation"),
    loadRules<ReportRules["architecture"][string]>(job, "architecture"),
    loadRules<ReportRules["attack"][string]>(job, "attack"),
  ]);
  return { method, activation, architecture, attack };
}

/** The architecture and the activation of a job. */
export async function loadModelRules(job: Pick<Job, "cell" | "rules">): Promise<ModelRules> {
  return {
    architecture: await loadRules<Architecture>(job, "architecture"),
    activation: await loadRules<Activation>(job, "activation"),
  };
}

/** The attacks of a job, ensembles and their members. */
export const loadAttackRules = (job: Pick<Job, "cell" | "rules">): Promise<AttackRules> =>
  loadRules<AttackRules[string]>(job, "attack");
