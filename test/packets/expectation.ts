/** Reads the `expect` column: words joined by `|` (or), `&` (and, binds tighter) and parentheses. */

/** Does the outcome satisfy this word? Must throw for a word it does not know, so that a typing error is no pass. */
export type WordTest = (word: string) => boolean;

/** Is the expectation met? Every word is evaluated, whatever the others say. Throws a SyntaxError for a bad expression. */
export function meets(expectation: string, holds: WordTest): boolean {
  const tokens = tokensOf(expectation);
  const reader = { tokens, at: 0, holds };
  const result = either(reader);
  if (reader.at !== tokens.length)
    throw new SyntaxError(`expectation "${expectation}": unexpected "${tokens[reader.at]}"`);
  return result;
}

/** The words of an expectation, in order. */
export function wordsOf(expectation: string): string[] {
  return tokensOf(expectation).filter((token) => /^\w/.test(token));
}

interface Reader {
  tokens: string[];
  at: number;
  holds: WordTest;
}

function tokensOf(expectation: string): string[] {
  const tokens = expectation.match(/\w+|[|&()]/g) ?? [];
  if (tokens.join('') !== expectation) throw new SyntaxError(`expectation "${expectation}": stray characters`);
  return tokens;
}

function either(reader: Reader): boolean {
  let result = both(reader);
  while (reader.tokens[reader.at] === '|') {
    reader.at++;
    const right = both(reader);
    result = result || right;
  }
  return result;
}

function both(reader: Reader): boolean {
  let result = single(reader);
  while (reader.tokens[reader.at] === '&') {
    reader.at++;
    const right = single(reader);
    result = result && right;
  }
  return result;
}

function single(reader: Reader): boolean {
  const token = reader.tokens[reader.at++];
  if (token === '(') {
    const result = either(reader);
    if (reader.tokens[reader.at++] !== ')') throw new SyntaxError('expectation: a parenthesis is not closed');
    return result;
  }
  if (token === undefined || !/^\w/.test(token)) throw new SyntaxError(`expectation: a word is missing at "${token}"`);
  return reader.holds(token);
}
