// Text for a terminal: columns that line up.

/** Rows as lines: every column as wide as its widest cell, two spaces between, nothing behind the last. */
export function columns(rows: readonly (readonly string[])[], indent = ''): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  }
  return rows.map((row) => `${indent}${row.map((cell, at) => cell.padEnd(widths[at])).join('  ')}`.trimEnd());
}
