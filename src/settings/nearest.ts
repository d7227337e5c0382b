// The known word that a mistyped one most likely stands for.

/** Edits (insert, delete, replace, swap neighbours) from `a` to `b`. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, before[j - 2] + 1);
      row.push(least);
    }
    before = last;
    last = row;
  }
  return last[b.length];
}

/** The nearest of `known`, or undefined when none is near enough to be what was meant. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  if (word.length > 64) return undefined;
  const folded = word.toLowerCase();
  let best: string | undefined;
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const other = candidate.toLowerCase();
    const begins = folded.length > 2 && (folded.startsWith(other) || other.startsWith(folded));
    const edits = begins ? 1 : distance(folded, other);
    if (edits < least) {
      best = candidate;
      least = edits;
    }
  }
  return best;
}

/** What to say about an unknown word: the likely one, or all there are. */
export function suggest(word: string, known: Iterable<string>, what: string): string {
  const words = [...known].sort();
  const best = nearest(word, words);
  if (best !== undefined) return `did you mean ${best}?`;
  if (words.length === 0) return `there is no ${what}`;
  const shown = words.slice(0, 24).join(', ');
  return `known here: ${shown}${words.length > 24 ? ', …' : ''}`;
}
