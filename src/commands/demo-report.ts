// What the demo says of itself: a line now and then while it runs, and a table when it ends.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Resolver } from '../control/resolver.ts';
import { EVENT, HIT, OUTCOME } from '../engine/counters.ts';
import type { DemoTallies, Tally } from './demo-clients.ts';
import { ACTIVITIES, type DemoGroup, type Device } from './demo-office.ts';
import { columns } from './layout.ts';

const DEMO_POLICY = 'be-716';
const GROUPS: readonly DemoGroup[] = ['service', 'personal'];

/** What the workers counted, all of them together. */
export interface DemoCounts {
  cached: number;
  forwarded: number;
  /** Blocked for an alias that the answer led to. */
  blockedAlias: number;
  blocked: number;
  observed: number;
}

export function countsOf({ keeper, supervisor }: Resolver): DemoCounts {
  const sum = (read: (counters: (typeof supervisor.workers)[number]['counters']) => number) =>
    supervisor.workers.reduce((total, { counters }) => total + read(counters), 0);
  const slots = keeper.numbers.pairs().filter(({ policy }) => policy === DEMO_POLICY);
  const hits = (hit: number) =>
    slots.reduce((total, { slot }) => total + sum((counters) => counters.readHit(slot, hit)), 0);
  return {
    cached: sum((counters) => counters.readOutcome(OUTCOME.CACHED)),
    forwarded: sum((counters) => counters.readOutcome(OUTCOME.FORWARDED)),
    blockedAlias: sum((counters) => counters.readEvent(EVENT.BLOCKED_ALIAS)),
    blocked: hits(HIT.BLOCKED),
    observed: hits(HIT.OBSERVED),
  };
}

/** One line on all that happened in so many seconds. */
export function progressLine(seconds: number, tallies: DemoTallies, counts: DemoCounts): string {
  const told = GROUPS.map((group) => {
    const tally = total(tallies[group]);
    const observed = group === 'personal' && counts.observed > 0 ? `, ${counts.observed} observed` : '';
    return `${group}: ${tally.asked} asked, ${partsOf(tally).join(', ')}${observed}`;
  });
  const looked = counts.cached + counts.forwarded;
  const share = looked === 0 ? 0 : Math.round((100 * counts.cached) / looked);
  return [`${Math.round(seconds)} s`.padStart(6), ...told, `${share} % from the cache`].join('  |  ');
}

/** What happened, per group and per activity, and where to ask why. */
export function closingLines(
  seconds: number,
  devices: readonly Device[],
  tallies: DemoTallies,
  counts: DemoCounts,
): string[] {
  const heads = ['group', 'devices', 'asked', 'answered', `blocked by ${DEMO_POLICY}`, `observed by ${DEMO_POLICY}`];
  const rows = GROUPS.map((group) => {
    const { asked, answered, blocked } = total(tallies[group]);
    const size = devices.filter((device) => device.group === group).length;
    const observed = group === 'personal' ? counts.observed : 0;
    return [group, ...[size, asked, answered, blocked, observed].map(String)];
  });
  const deeds = ACTIVITIES.map(({ title }, activity) => [
    title,
    ...GROUPS.map((group) => partsOf(tallies[group][activity]).join(', ')),
  ]);
  return [
    `In ${Math.round(seconds)} s:`,
    '',
    ...columns([heads, ...rows], '  '),
    '',
    ...columns([['what they did', ...GROUPS], ...deeds], '  '),
    '',
    `  ${counts.cached} answers came from the cache, ${counts.forwarded} questions went to the upstream, and ` +
      `${counts.blockedAlias} were blocked because the answer led on to TikTok.`,
    '',
    'Ask why, under the configuration that Sluis comes with:',
    ...explainHints().map((line) => `  ${line}`),
  ];
}

function explainHints(): string[] {
  return columns([
    [`${program()} explain www.tiktok.com --client 127.0.0.1`, 'the site: blocked'],
    [`${program()} explain analytics.tiktok.com --client 127.0.0.1`, "an ordinary site's pixel: answered"],
    [`${program()} explain tiktok.com --client 127.0.0.1 --at 2023-03-09`, 'the day before the ban'],
  ]);
}

/** How Sluis is called from where the user stands: by its path in a checkout. */
export function program(): string {
  return existsSync(join('bin', 'sluis')) ? 'bin/sluis' : 'sluis';
}

function total(tallies: readonly Tally[]): Tally {
  const sum: Tally = { asked: 0, answered: 0, blocked: 0, failed: 0 };
  for (const tally of tallies) {
    sum.asked += tally.asked;
    sum.answered += tally.answered;
    sum.blocked += tally.blocked;
    sum.failed += tally.failed;
  }
  return sum;
}

/** `12 answered, 3 blocked`; what is nought is left out. */
function partsOf({ asked, answered, blocked, failed }: Tally): string[] {
  const counted: [number, string][] = [
    [answered, 'answered'],
    [blocked, 'blocked'],
    [failed, 'failed'],
    [asked - answered - blocked - failed, 'without reply'],
  ];
  const parts = counted.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  return parts.length > 0 ? parts : ['nothing'];
}
