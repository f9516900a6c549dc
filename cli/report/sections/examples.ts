import { markup } from "../html.ts";
import type { Section } from "../section.ts";

/** Adversarial examples, the same images in every row. */
export const examples: Section = {
  id: "examples",
  title: "Adversarial examples",
  short: "Examples",
  content({ examples, table, image: [height, width] }) {
    if (examples.length === 0) return undefined;
    const times = Math.round(0.5 / table.epsilon);
    return markup`<p class="quiet">The same test images in every row (first seed): the image, what the attack made
of it, and their difference, ${times} times as large around grey.</p>
${
      examples.map(({ title, examples }) =>
        markup`
          <div class="examples">
            <h3>${title}</h3>
            <ul>${
          examples.map(({ index, label, brokenBy, tiles }) =>
            markup`<li><img src="${tiles}" width="${
              3 * width
            }" height="${height}" alt="Test image ${index}, ${label}: the image, the adversarial example and their difference"><span>${label}: ${
              brokenBy === null ? "not broken" : markup`broken by <b>${brokenBy}</b>`
            }</span></li>`
          )
        }</ul>
          </div>
        `
      )
    }`;
  },
};
