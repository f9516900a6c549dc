import type { Answer, Question, ResultsVerdict } from "../../../lib/report/mod.ts";
import { type Html, markup } from "../html.ts";
import type { Section } from "../section.ts";
import { printed } from "../words.ts";

/** What follows from whether smoothness suffices and whether it is necessary. */
export function conclusion({ questions }: Pick<ResultsVerdict, "questions">): string {
  const of = (id: string): Answer =>
    questions.find((one) => one.id === id)?.answer ?? "cannot be said from these rows";
  const [sufficient, necessary] = [of("sufficient"), of("necessary")];
  if (sufficient === "yes" && necessary === "yes") {
    return "In these rows smoothness is all one needs: it suffices, and robustness is lost without it.";
  }
  if (sufficient === "yes") {
    return necessary === "no"
      ? "In these rows smoothness helps, and it is not all: rows with a kink stay robust, too."
      : "In these rows smoothness helps; whether anything else does is not decided.";
  }
  if (sufficient === "no") {
    return "In these rows smoothness is not all one needs: a smooth activation alone does not bring " +
      "robustness ahead.";
  }
  if (necessary === "yes") {
    return "In these rows robustness is lost without smoothness; whether smoothness suffices is not " +
      "decided.";
  }
  return necessary === "no"
    ? "In these rows smoothness is not what robustness hangs on; whether it helps is not decided."
    : "These rows do not decide whether smoothness is all one needs.";
}

const paragraph = ({ paper, sentence }: Question): Html =>
  markup`<p>${printed(sentence)}. The paper says ${paper.text}.</p>`;

/** Discussion and conclusion, made of the answers. */
export const discussion: Section = {
  id: "discussion",
  title: "Discussion and conclusion",
  short: "Discussion",
  content({ verdict, table }) {
    if (verdict === undefined) return undefined;
    const limits = [
      ...table.departures.length === 0 ? [] : [
        `The setting is not the paper’s (${
          table.departures.join("; ")
        }), so a number here is no reproduction of a number there; only the pattern may be compared.`,
      ],
      ...table.seeds === 1
        ? [
          "Each row is one training: the intervals say nothing of how another seed would come out.",
        ]
        : [],
      "Robust accuracy under an attack is an upper bound: a stronger attack may break more.",
    ];
    return markup`${
      verdict.questions.filter(({ estimate }) => estimate !== null).map(paragraph)
    }<p>${limits.join(" ")}</p><p class="conclusion">${conclusion(verdict)}</p>`;
  },
};
