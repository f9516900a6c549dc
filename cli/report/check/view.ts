/** The check on the page: progress, a line a model, and a mark beside each number. @module */
import { page, type PageElement } from "./dom.ts";
import type { ModelOutcome, Outcome, State } from "./outcome.ts";
import type { CheckPlan, PlannedModel } from "./plan.ts";

/** What is shown while and after a check. */
export interface View {
  /** Clears what an earlier run left, and says which models the reader chose. */
  readonly begin: () => readonly PlannedModel[];
  /** @param expected Seconds that all of it takes, before anything is known of this browser */
  readonly progress: (share: number, expected: number) => void;
  readonly show: (planned: PlannedModel, outcome: ModelOutcome, seconds: number) => void;
  /** @param why It ended early */
  readonly end: (why?: string) => void;
}

const SIGNS: Readonly<Record<State, string>> = { equal: "✓", near: "≈", different: "✗" };

const WORDS: Readonly<Record<State, string>> = {
  equal: "equal",
  near: "equal within rounding",
  different: "different",
};

const ORDER: readonly State[] = ["equal", "near", "different"];

const nameOf = ({ method, activation }: PlannedModel) => `${method}/${activation}`;

/** "1 model", "3 models" */
const count = (n: number, what: string) => `${n.toLocaleString("en")} ${what}${n === 1 ? "" : "s"}`;

/** "40 s", "2 min" */
const timeText = (seconds: number) =>
  seconds < 90 ? `${Math.ceil(seconds)}\u00a0s` : `${Math.round(seconds / 60)}\u00a0min`;

/** Finds the places on the page. */
export function openView(plan: CheckPlan): View {
  const find = (name: string) => page.querySelector(`[data-check-${name}]`)!;
  const bar = find("bar"), words = find("state");
  const button = page.querySelector("[data-check]")!;
  const choice = find("rows"), table = find("table");
  const label = button.textContent!;
  let shown: { planned: PlannedModel; outcome: ModelOutcome }[] = [];
  let chosen: readonly PlannedModel[] = [], started = 0, told = 0;

  /** Puts a mark beside a number, or takes it away. */
  function mark(place: PageElement | null, outcome?: Outcome): void {
    if (place === null) return;
    place.querySelector(".mark")?.remove();
    place.classList.remove(...ORDER);
    if (outcome === undefined) return;
    const words = `computed here: ${WORDS[outcome.state]}`;
    const element = page.createElement("span");
    element.className = `mark ${outcome.state}`;
    element.title = `${words}, ${outcome.text}`;
    element.append(SIGNS[outcome.state], hidden(` ${words}, `));
    place.classList.add(outcome.state);
    place.prepend(element);
  }
  function hidden(text: string): PageElement {
    const element = page.createElement("span");
    element.className = "hidden";
    element.textContent = text;
    return element;
  }
  const numberOf = ({ method, activation }: PlannedModel, column: string) =>
    `table1.${method}.${activation}.${column}`;
  /** The cell of a row's number, and that of one seed. */
  const placeOf = (name: string) =>
    page.querySelector(`[data-number=${JSON.stringify(name)}]`)?.closest("td") ?? null;
  const seedPlace = (name: string, seed: number) =>
    page.querySelector(`[data-seed=${JSON.stringify(`${name}@${seed}`)}]`);

  /** A row's number is equal if all of its models' are, and their mean is what the page shows. */
  function markRow(planned: PlannedModel): void {
    const all = plan.models.filter((one) => nameOf(one) === nameOf(planned));
    const done = shown.filter((one) => nameOf(one.planned) === nameOf(planned));
    for (const { name: column } of plan.columns) {
      const outcomes = done.flatMap(({ outcome }) => outcome.columns[column] ?? []);
      if (outcomes.length === 0) continue;
      const worst = ORDER.findLast((state) => outcomes.some((one) => one.state === state))!;
      if (outcomes.length < all.length && worst !== "different") continue;
      const shares = all.map(({ counts }) => counts[column].correct / counts[column].images);
      const mean = 100 * shares.reduce((sum, share) => sum + share, 0) / shares.length;
      const place = placeOf(numberOf(planned, column));
      const written = parseFloat(place?.querySelector("button")?.textContent ?? "");
      const off = Math.abs(written - mean) > 0.05 + 1e-9;
      const text = `${outcomes.map((one) => one.text).join(", ")}${off ? `, mean ${mean}` : ""}`;
      mark(place, { state: off ? "different" : worst, text });
    }
  }

  return {
    begin() {
      const row = choice.value;
      chosen = plan.models.filter((one) => row === "" || nameOf(one) === row);
      shown = [];
      started = performance.now();
      told = 0;
      table.tBodies[0].replaceChildren();
      for (const one of page.querySelectorAll("#table1 td")) mark(one);
      table.hidden = bar.hidden = false;
      bar.value = "0";
      choice.disabled = true;
      button.textContent = "Stop";
      words.textContent = `Loading ${count(chosen.length, "model")}`;
      return chosen;
    },
    progress(share, expected) {
      bar.value = String(share);
      const now = performance.now(), seconds = (now - started) / 1000;
      if (now - told < 1000) return;
      told = now;
      const left = share > 0.02 ? seconds / share - seconds : expected;
      words.textContent = `${shown.length} of ${count(chosen.length, "model")}, about ` +
        `${timeText(left)} left`;
    },
    show(planned, outcome, seconds) {
      shown.push({ planned, outcome });
      const row = table.tBodies[0].insertRow(), head = page.createElement("th");
      head.scope = "row";
      head.textContent = planned.title;
      row.append(head);
      const outcomes = [...plan.columns.map(({ name }) => outcome.columns[name]), outcome.slopes];
      for (const one of outcomes) {
        const cell = row.insertCell();
        if (one === undefined) {
          cell.textContent = "not computed";
          continue;
        }
        cell.textContent = one.text;
        mark(cell, one);
      }
      row.insertCell().textContent = `${seconds.toFixed(1)} s`;
      for (const { name } of plan.columns) {
        mark(seedPlace(numberOf(planned, name), planned.seed), outcome.columns[name]);
      }
      markRow(planned);
    },
    end(why) {
      bar.hidden = true;
      choice.disabled = false;
      button.textContent = label;
      words.textContent = why === undefined ? summary() : `${why}. ${summary()}`;
    },
  };

  function summary(): string {
    if (shown.length === 0) return "";
    const outcomes = shown.map(({ outcome }) => outcome);
    const numbers = outcomes.flatMap(({ columns, slopes }) => [
      ...Object.values(columns),
      ...slopes ? [slopes] : [],
    ]);
    const sum = (of: (one: ModelOutcome) => number) => outcomes.reduce((n, one) => n + of(one), 0);
    const said = ORDER.map((state) =>
      [state, numbers.filter((one) => one.state === state).length] as const
    ).filter(([, n]) => n > 0).map(([state, n]) => `${n} ${WORDS[state]}`);
    const all = `${count(numbers.length, "number")} of ${count(shown.length, "model")}`;
    const seconds = (performance.now() - started) / 1000;
    return (numbers.every((one) => one.state === "equal")
      ? `All ${all} are equal`
      : `${all}: ${said.join(", ")}`) +
      `, in ${timeText(seconds)}. ` +
      `${count(sum((one) => one.verdicts), "verdict")} and ` +
      `${count(sum((one) => one.examples), "adversarial example")} were compared; ` +
      `${count(sum((one) => one.ties), "image")} so near to a tie that rounding could decide.`;
  }
}
