/**
 * What the program uses of a browser's document. The library of all its types would count in every
 * module that is checked along with this one.
 *
 * @module
 */

/** An element of any kind. */
export interface PageElement {
  textContent: string | null;
  className: string;
  title: string;
  /** Of a select, or the share of a progress bar. */
  value: string;
  hidden: boolean;
  disabled: boolean;
  /** Of a heading of a table. */
  scope: string;
  /** Of a script. */
  src: string;
  onload: () => void;
  onerror: () => void;
  readonly classList: {
    readonly add: (name: string) => void;
    readonly remove: (...names: readonly string[]) => void;
  };
  readonly tBodies: readonly PageElement[];
  readonly querySelector: (selector: string) => PageElement | null;
  readonly closest: (selector: string) => PageElement | null;
  readonly append: (...parts: readonly (PageElement | string)[]) => void;
  readonly prepend: (...parts: readonly (PageElement | string)[]) => void;
  readonly replaceChildren: () => void;
  readonly remove: () => void;
  readonly insertRow: () => PageElement;
  readonly insertCell: () => PageElement;
}

/** The page that the program runs in. */
export const page = (globalThis as unknown as {
  readonly document: {
    readonly head: PageElement;
    readonly createElement: (name: string) => PageElement;
    readonly querySelector: (selector: string) => PageElement | null;
    readonly querySelectorAll: (selector: string) => Iterable<PageElement>;
  };
}).document;
