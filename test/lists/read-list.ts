// Reads a list from memory in any of the formats of lines, and keeps what came of it.

import { expect } from 'vitest';
import type { Format } from '../../src/lists/format.ts';
import { FORMATS } from '../../src/lists/formats.ts';
import { ListReader } from '../../src/lists/list-reader.ts';
import { MATCH } from '../../src/policy/rule.ts';
import { DEFAULT_MATCH, LINE_FORMATS, type LineFormat } from '../../src/settings/list-formats.ts';
import { recordingSink } from './recording-sink.ts';

const loaded = LINE_FORMATS.map(async (format) => [format, await FORMATS[format]()] as const);
const formats = Object.fromEntries(await Promise.all(loaded)) as Record<LineFormat, Format>;

export interface ReadOptions {
  /** MATCH of names that lines leave open; as the format has it where it is not given. */
  match?: number;
  /** Octets of a piece, each in turn, and the last of them from there on. */
  pieces?: readonly number[];
}

function* cut(octets: Buffer, sizes: readonly number[]): Generator<Buffer> {
  let turn = 0;
  for (let at = 0; at < octets.length; ) {
    const size = Math.max(1, sizes[Math.min(turn++, sizes.length - 1)]);
    yield octets.subarray(at, at + size);
    at += size;
  }
}

export function readList(format: LineFormat, text: string | Uint8Array, options: ReadOptions = {}) {
  const { match = MATCH[DEFAULT_MATCH[format] === 'exact' ? 'EXACT' : 'SUFFIX'], pieces = [Infinity] } = options;
  const octets = Buffer.from(text);
  const sink = recordingSink();
  const reader = new ListReader(formats[format], match, sink);
  if (reader.hasSurvey) for (const piece of cut(octets, pieces)) reader.survey(piece);
  for (const piece of cut(octets, pieces)) reader.take(piece);
  const count = reader.end();
  const { rules, rejects, left } = sink;
  expect(count.rejects).toBe(rejects.length);
  return { count, rules, rejects, left };
}
