// sluis policy: what holds now or at a moment, by whose authority, and the dates before and after it.

import { parseArgs } from 'node:util';
import { alertText, type CalendarDate, type DateKind } from '../control/calendar.ts';
import { type Standing, type StandingGroup, type StandingPolicy, standingAt } from '../control/standing.ts';
import { textIn } from '../settings/languages.ts';
import { printable } from '../settings/problems.ts';
import { type Command, EXIT, UsageError } from './command.ts';
import { configurationFile } from './configuration.ts';
import { languageOf } from './language.ts';
import { columns } from './layout.ts';
import { momentOf, readPolicy } from './policy-read.ts';

const USAGE = `Usage: sluis policy [--at TIME] [--config FILE] [--json]

Says what holds under the configuration as it stands on disk: each policy with its authority, its owner and its state,
what it does to each group, how many names it covers, and the exceptions in force; then all dates in order. Of sealed
exceptions only the count is told.

  --at TIME  2023-03-10, or 2023-03-10T08:00:00+01:00; now where left out

Titles are in the language of LC_ALL, LC_MESSAGES or LANG (nl, fr, de, en), where the policy has it.

Exit code: 0 told, 2 the configuration or the command line is wrong.
`;

/** Columns of what stands before each line of a policy. */
const LABEL = 13;

const HAPPENS: Record<DateKind, string> = {
  decided: 'is decided',
  effective: 'takes effect',
  blocks: 'grace ends: it blocks',
  deadline: 'deadline',
  review: 'is to be reviewed',
  expires: 'expires',
  'exception-starts': 'exception starts',
  'exception-ends': 'exception ends',
};

export const policy: Command = {
  name: 'policy',
  summary: 'Say what holds, by whose authority, and when that changes.',
  usage: USAGE,
  run: async (args, around) => {
    const options = { at: { type: 'string' }, config: { type: 'string' }, json: { type: 'boolean' } } as const;
    const { values } = parseArgs({ args, options });
    const at = values.at === undefined ? Math.floor(Date.now() / 1000) : momentOf(values.at);
    if (!(at >= 0)) throw new UsageError('give a moment from 1971 on');
    const read = await readPolicy(configurationFile(values.config, around), around);
    if (!read) return EXIT.WRONG;
    const standing = standingAt(read, at);
    around.out(values.json ? `${JSON.stringify(inDates(standing))}\n` : `${lines(standing, languageOf(around.env))}\n`);
    return EXIT.OK;
  },
};

/** Midnight in UTC is told as its day: so it was most likely written. */
export function dateText(seconds: number): string {
  const text = new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
  return text.replace('T00:00:00Z', '');
}

const MOMENTS = new Set(['at', 'since', 'until', 'date', 'starts', 'expires']);

/** As JSON has it: every moment in RFC 3339. */
function inDates(value: unknown, key = ''): unknown {
  if (typeof value === 'number' && MOMENTS.has(key)) return new Date(value * 1000).toISOString();
  if (Array.isArray(value)) return value.map((one) => inDates(one));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, inDates(member, name)]));
}

function lines(standing: Standing, language: string): string {
  const { at, policies, alerts } = standing;
  const told = policies.flatMap((one) => [...policyLines(one, language), '']);
  const head = `What holds at ${dateText(at)}${at % 86400 === 0 ? ', 00:00 UTC' : ''}`;
  const alerting = alerts.map((alert) => `  ${alertText(alert)}`);
  return [
    head,
    '',
    ...(policies.length > 0 ? told : ['no policy', '']),
    ...(alerts.length > 0 ? ['Somebody has to look at', ...alerting, ''] : []),
    'Dates',
    ...timelineLines(standing),
  ]
    .map(printable)
    .join('\n');
}

function policyLines(one: StandingPolicy, language: string): string[] {
  const since = one.since === null ? '' : ` since ${dateText(one.since)}`;
  const until = one.until === null ? '' : `, until ${dateText(one.until)}`;
  const exceptions = one.exceptions.map(({ id, owner, expires }) => `${id} until ${dateText(expires)}, by ${owner}`);
  if (one.sealed > 0) exceptions.push(`${one.sealed} sealed`);
  const rows: [string, string][] = [
    ['state', `${one.state}${since}${until}`],
    ['authority', textIn(one.authority, language)],
    ['legal basis', one.legalBasis],
    ['source', one.source],
    ['meant for', textIn(one.scope, language)],
    ['reported', one.reported],
    ['owner', one.owner || 'nobody is named'],
    ['reason', textIn(one.reason, language)],
    ['covers', coverText(one)],
    ['groups', one.groups.map(groupText).join(', ') || 'none'],
    ['default', one.defaults.map(groupText).join(', ')],
    ['exceptions', exceptions.join('; ')],
  ];
  const shown = rows.filter(([, text]) => text !== '').map(([label, text]) => `  ${label.padEnd(LABEL)}${text}`);
  return [`${one.id}: ${textIn(one.title, language)}`, ...shown];
}

/** Most apps that are named; of more, how many there are. */
const NAMED_APPS = 8;

function coverText({ names, jurisdictions, apps, lists, defaults }: StandingPolicy): string {
  const unapproved = 'all that the groups whose default it is do not approve';
  if (names === 0 && defaults.length > 0) return unapproved;
  const from = [
    jurisdictions.length > 0 && `all that is managed in ${jurisdictions.join(', ')}`,
    apps.length > NAMED_APPS ? `${apps.length} apps` : apps.length > 0 && `apps ${apps.join(', ')}`,
    lists.length > 0 && `lists ${lists.join(', ')}`,
    defaults.length > 0 && unapproved,
  ];
  return `${names} ${names === 1 ? 'name' : 'names'}: ${from.filter(Boolean).join('; ')}`;
}

function groupText({ id, mode, inForce }: StandingGroup): string {
  return mode === inForce ? `${id} ${mode}` : `${id} ${inForce} (set to ${mode})`;
}

/** Dates that have come, a line for the moment, dates to come. */
function timelineLines({ at, timeline }: Standing): string[] {
  const row = (date: CalendarDate) => {
    const what = `${HAPPENS[date.kind]}${date.exception === null ? '' : ` ${date.exception}`}`;
    return [dateText(date.at), date.at <= at ? 'past' : 'coming', date.policy, what];
  };
  const past = timeline.filter((date) => date.at <= at).map(row);
  const coming = timeline.filter((date) => date.at > at).map(row);
  return columns([...past, [dateText(at), '-----', 'this moment'], ...coming], '  ');
}
