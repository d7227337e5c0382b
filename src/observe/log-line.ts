// Turns a JSON line of the log into one line for a terminal.

import { printable } from '../settings/problems.ts';

const COLOURS: Record<string, string> = { warn: '\x1b[33m', error: '\x1b[31m', fatal: '\x1b[31;1m' };
const PLAIN = '\x1b[0m';
/** Shown at fixed places, not among the rest. */
const PLACED = new Set(['level', 'time', 'area', 'msg', 'err', 'pid', 'hostname']);

/** One line of what others sent, whatever it holds: its line ends become blanks. */
function oneLine(text: string): string {
  return printable(text.replace(/[\n\v\f\r\u2028\u2029]/g, ' '));
}

function shown(value: unknown): string {
  if (typeof value === 'string' && /^[^\s"=]+$/.test(value)) return value;
  return JSON.stringify(value) ?? 'undefined';
}

/** What an error says and where it came from: the first line of its stack that is a place. */
function errorText(error: unknown): string {
  if (typeof error !== 'object' || error === null) return shown(error);
  const { type, message, stack } = error as { type?: unknown; message?: unknown; stack?: unknown };
  const place = typeof stack === 'string' ? stack.split('\n').find((line) => /^\s+at /.test(line)) : undefined;
  return `${String(type ?? 'Error')}: ${String(message ?? '')}${place === undefined ? '' : ` (${place.trim()})`}`;
}

/** One line with its newline; a line that is not a JSON object comes back as it is, without control characters. */
export function readableLine(line: string, colour: boolean): string {
  let record: Record<string, unknown>;
  try {
    record = JSON.parse(line);
  } catch {
    return `${oneLine(line.trimEnd())}\n`;
  }
  const level = String(record.level);
  const at = String(record.time).slice(11, 19);
  const area = record.area === undefined ? '' : `${record.area}: `;
  const rest = Object.entries(record).filter(([key]) => !PLACED.has(key));
  const parts = [`${at} ${level.padEnd(5)} ${area}${record.msg ?? ''}`];
  if (record.err !== undefined) parts.push(errorText(record.err));
  parts.push(...rest.map(([key, value]) => `${key}=${shown(value)}`));
  const text = oneLine(parts.join('  '));
  const start = colour ? (COLOURS[level] ?? '') : '';
  return start === '' ? `${text}\n` : `${start}${text}${PLAIN}\n`;
}
