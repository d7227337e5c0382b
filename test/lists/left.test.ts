// The page on lists explains every kind of line that is not honoured, and every format.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LEFT } from '../../src/lists/left.ts';
import { LIST_FORMATS } from '../../src/settings/list-formats.ts';
import { ROOT } from '../support/documents.ts';

const rows = readFileSync(join(ROOT, 'docs', 'lists.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .flatMap((line) => line.split(/(?<!\\)\|/)[1].split(','))
  .map((word) => word.replaceAll('`', '').trim());

test.each([...Object.keys(LEFT), ...LIST_FORMATS])('%s is a row of docs/lists.md', (word) => {
  expect(rows).toContain(word);
});
