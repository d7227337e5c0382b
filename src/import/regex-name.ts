// Regular expressions that mean a name, as people write them where a tool has no shorter way to say it.

const LABEL = '[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?';
/** A name whose dots are escaped: one that is not stands for any character, and is no name. */
const NAME = `(${LABEL}(?:\\\\\\.${LABEL})+)`;

const FORMS: readonly [shape: RegExp, mark: string][] = [
  // The name and all beneath it: (\.|^)name\.example$ and its likes.
  [new RegExp(String.raw`^\((?:\?:)?(?:\\\.\|\^|\^\|\\\.)\)${NAME}\$$`, 'i'), '.'],
  [new RegExp(String.raw`^\^\((?:\?:)?(?:\.\*|\.\+)\\\.\)\?${NAME}\$$`, 'i'), '.'],
  // What is beneath it: \.name\.example$ and ^.+\.name\.example$.
  [new RegExp(String.raw`^(?:\^(?:\.\*|\.\+))?\\\.${NAME}\$$`, 'i'), '*.'],
  // The name alone: ^name\.example$.
  [new RegExp(String.raw`^\^${NAME}\$$`, 'i'), ''],
];

/** The line of a list (`name`, `.name` or `*.name`) that says the same; undefined where no line does. */
export function lineOfRegex(regex: string): string | undefined {
  for (const [shape, mark] of FORMS) {
    const name = shape.exec(regex)?.[1];
    if (name !== undefined) return `${mark}${name.replaceAll('\\.', '.').toLowerCase()}`;
  }
  return undefined;
}
