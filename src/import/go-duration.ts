// Durations as programs in Go write them: 1h30m, 500ms; without a unit, minutes.

const UNITS: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600 };

/** Whole seconds; undefined where the text is none. */
export function goDuration(text: string): number | undefined {
  const sign = text.startsWith('-') ? -1 : 1;
  const body = text.replace(/^[-+]/, '').trim();
  if (/^\d+$/.test(body)) return sign * Number(body) * 60;
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(body)) return undefined;
  let seconds = 0;
  for (const [, count, unit] of body.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) seconds += Number(count) * UNITS[unit];
  return sign * Math.round(seconds);
}
