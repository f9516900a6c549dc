/** @module */
import type { AttackRules } from "../attacks/plan.ts";
import type { AttackRule } from "../attacks/rule.ts";
import { loadRules } from "./mod.ts";

/** All attacks there are, ensembles among them. */
export const loadAttackRules = (): Promise<AttackRules> => loadRules<AttackRule>("attack");
