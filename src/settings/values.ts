// Texts that stand for a quantity or a moment: sizes, durations, dates.

import { isTrouble, type Trouble } from './problems.ts';

export const SIZE_PATTERN = '^[0-9]+(\\.[0-9]+)? ?(B|KiB|MiB|GiB)$';
export const DURATION_PATTERN = '^[0-9]+(\\.[0-9]+)? ?(ms|s|m|h|d|w)$';
export const TIME_PATTERN =
  '^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]+)?)?([Zz]|[+-][0-9]{2}:[0-9]{2}))?$';

export const GRACE_PATTERN = '^P([0-9]+W|[0-9]+D|([0-9]+D)?T[0-9]+H)$';

const OCTETS: Record<string, number> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };
const SECONDS: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86400, w: 604800 };

/** Octets from `64MiB`, or from a plain number of octets. */
export function readSize(value: string | number): number | Trouble {
  if (typeof value === 'number') return value;
  const found = /^(\d+(?:\.\d+)?) ?([A-Za-z]*)$/.exec(value);
  if (!found) return { message: `"${value}" is no size`, fix: 'write a number with a unit, such as 64MiB' };
  const [, count, unit] = found;
  const octets = OCTETS[unit];
  if (octets !== undefined) return Math.round(Number(count) * octets);
  const meant = { '': 'MiB', b: 'B', k: 'KiB', m: 'MiB', g: 'GiB' }[unit.slice(0, 1).toLowerCase()] ?? 'MiB';
  const message = unit ? `"${unit}" is no unit of size` : `"${value}" has no unit`;
  return { message, fix: `units are B, KiB, MiB and GiB: write ${count}${meant}` };
}

/** Seconds from `30s`, `1d`, `1.5h`, `250ms`, or from a plain number of seconds. */
export function readDuration(value: string | number): number | Trouble {
  if (typeof value === 'number') return value;
  const found = /^(\d+(?:\.\d+)?) ?([A-Za-z]*)$/.exec(value);
  if (!found) return { message: `"${value}" is no duration`, fix: 'write a number with a unit, such as 30s or 1d' };
  const [, count, unit] = found;
  const seconds = SECONDS[unit];
  if (seconds !== undefined) return Math.round(Number(count) * seconds * 1000) / 1000;
  const message = unit ? `"${unit}" is no unit of time` : `"${value}" has no unit`;
  const meant = SECONDS[unit.slice(0, 1).toLowerCase()] === undefined ? 's' : unit.slice(0, 1).toLowerCase();
  return { message, fix: `units are ms, s, m, h, d and w: write ${count}${meant}` };
}

export const SHARE_PATTERN = '^([0-9]+(\\.[0-9]+)? ?%|off)$';

/** A share from `50%`: 0.5; `off` is as much as there can be. */
export function readShare(value: string): number | Trouble {
  if (value === 'off') return Infinity;
  const found = /^(\d{1,7}(?:\.\d+)?) ?%$/.exec(value);
  if (found) return Number(found[1]) / 100;
  return { message: `"${value}" is no share`, fix: 'write a percentage such as 50%, or off' };
}

/** The image keeps moments as unsigned 32-bit seconds. */
const FIRST_YEAR = 1971;
const LAST_YEAR = 2105;

const TIME = /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?([Zz]|[+-]\d{2}:\d{2})?)?$/;

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function zoneSeconds(zone: string): number {
  if (zone === 'Z' || zone === 'z') return 0;
  const seconds = Number(zone.slice(1, 3)) * 3600 + Number(zone.slice(4, 6)) * 60;
  return zone[0] === '-' ? -seconds : seconds;
}

const two = (value: number) => String(value).padStart(2, '0');

/** Refuses a day that no calendar has, such as 2023-02-30. */
function dayTrouble(text: string, year: number, month: number, day: number): Trouble | undefined {
  if (year < FIRST_YEAR || year > LAST_YEAR) {
    return { message: `"${text}" is out of range`, fix: `write a year from ${FIRST_YEAR} to ${LAST_YEAR}` };
  }
  if (month < 1 || month > 12)
    return { message: `"${text}" has no such month`, fix: 'write year-month-day, 2023-03-10' };
  const days = daysIn(year, month);
  if (day >= 1 && day <= days) return undefined;
  return {
    message: `"${text}" does not exist: that month has ${days} days`,
    fix: `write a day of that month, such as ${year}-${two(month)}-${two(Math.min(Math.max(day, 1), days))}`,
  };
}

/**
 * Unix seconds from `2023-03-10` (00:00 of that day in UTC) or from a moment with its zone (RFC 3339),
 * `2023-03-10T08:00:00+01:00`.
 */
export function readTime(text: string): number | Trouble {
  const found = TIME.exec(text);
  if (!found) return { message: `"${text}" is no date`, fix: 'write 2023-03-10, or 2023-03-10T08:00:00+01:00' };
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map((part) => Number(part ?? 0));
  const trouble = dayTrouble(text, year, month, day);
  if (trouble) return trouble;
  const zone = found[7] ?? 'Z';
  if (found[4] !== undefined && found[7] === undefined) {
    return { message: `"${text}" has no time zone`, fix: 'end it in Z for UTC, or in an offset such as +01:00' };
  }
  if (hour > 23 || minute > 59 || second > 59 || !/^.$|^.([01]\d|2[0-3]):[0-5]\d$/.test(zone)) {
    return { message: `"${text}" has no such time of day`, fix: 'write hours 00 to 23, minutes and seconds 00 to 59' };
  }
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - zoneSeconds(zone);
}

/** So many seconds from the effective date on, or until a moment in Unix seconds. */
export type Grace = { seconds: number } | { until: number };

const GRACE = /^P(?:(\d{1,4})W|(?:(\d{1,4})D)?(?:T(\d{1,5})H)?)$/;
const LONGEST_GRACE = 3650 * SECONDS.d;

/** `P14D`, `P2W`, `PT36H` or `P1DT12H` (ISO 8601; months and years have no fixed length), or a date for `readTime`. */
export function readGrace(text: string): Grace | Trouble {
  if (/^\d{4}-/.test(text)) {
    const until = readTime(text);
    return isTrouble(until) ? until : { until };
  }
  const [, weeks, days, hours] = GRACE.exec(text) ?? [];
  const seconds = Number(weeks ?? 0) * SECONDS.w + Number(days ?? 0) * SECONDS.d + Number(hours ?? 0) * SECONDS.h;
  if (seconds > 0 && seconds <= LONGEST_GRACE) return { seconds };
  const fix = 'write weeks, days or hours as P2W, P14D or PT36H, at most P3650D, or the date on which it ends';
  return { message: seconds > 0 ? `"${text}" is over ten years` : `"${text}" is no grace`, fix };
}

/** When a grace of a policy that is effective from `effective` on ends, in Unix seconds. */
export function graceEnd(grace: Grace, effective: number): number {
  return 'until' in grace ? grace.until : effective + grace.seconds;
}

/** A moment as `readTime` reads it: the day alone where it is 00:00 in UTC. */
export function momentText(seconds: number): string {
  const text = new Date(seconds * 1000).toISOString();
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : text.replace('.000Z', 'Z');
}
