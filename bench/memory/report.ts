/** Tables and figures of the suite `memory`. */
import { atMost, cell, figureOf, ratios, table } from '../figure.ts';
import { spread } from '../statistics.ts';
import type { Figure, Outcome, Table } from '../suite.ts';
import type { Held, Rest, Rules, Start } from './result.ts';

const MIB = 2 ** 20;
/** The goals are set in megabytes of a million octets. */
const megabytes = (amount: number) => (amount * 1e6) / MIB;
const MILLISECONDS_PER_TICK = 10;

/** Of one server and kind. */
function of<One extends { server: string; kind: Rules }>(all: readonly One[], server: string, kind: Rules): One[] {
  return all.filter((one) => one.server === server && one.kind === kind);
}

/** What the rules take, octets: what is resident with them, less what is with six. */
export function ruleOctets(held: readonly Held[], server: string): number[] {
  const six = of(held, server, 'six').map(({ memory }) => memory.resident);
  if (six.length === 0) return [];
  return of(held, server, 'cold').map(({ memory }) => memory.resident - median(six));
}

const median = (values: readonly number[]) => spread(values)!.median;

/** Each value against the median of the others, which need not be as many. */
function against(values: readonly number[], others: readonly number[]): number[] {
  return ratios(
    values,
    values.map(() => median(others)),
  );
}

function startFigures(starts: readonly Start[]): Figure[] {
  const seconds = (server: string, kind: Rules) => of(starts, server, kind).map(({ readySeconds }) => readySeconds);
  const [cold, warm, dnsmasq] = [seconds('sluis', 'cold'), seconds('sluis', 'warm'), seconds('dnsmasq', 'cold')];
  const figures: Figure[] = [];
  const milliseconds = (values: readonly number[]) => values.map((value) => value * 1000);
  if (cold.length > 0)
    figures.push(figureOf('memory/start', 'from start to ready', 'ms', milliseconds(cold), atMost(2000)));
  if (cold.length > 0 && dnsmasq.length > 0) {
    figures.push(
      figureOf(
        'memory/start-per-dnsmasq',
        'from start to ready, against dnsmasq',
        '×',
        against(cold, dnsmasq),
        atMost(1),
      ),
    );
  }
  if (warm.length > 0) figures.push(figureOf('memory/start-again', 'the same again', 'ms', milliseconds(warm)));
  return figures;
}

function heldFigures(held: readonly Held[]): Figure[] {
  const [own, its] = [ruleOctets(held, 'sluis'), ruleOctets(held, 'dnsmasq')];
  const figures: Figure[] = [];
  if (own.length > 0) {
    const mib = own.map((octets) => octets / MIB);
    figures.push(figureOf('memory/rules', 'memory that the rules take (40 MB)', 'MiB', mib, atMost(megabytes(40))));
  }
  if (own.length > 0 && its.length > 0) {
    figures.push(
      figureOf(
        'memory/rules-per-dnsmasq',
        'memory that the rules take, against dnsmasq',
        '×',
        against(own, its),
        atMost(0.6),
      ),
    );
  }
  return figures;
}

function restFigures({ memory, ticks }: Rest): Figure[] {
  return [
    figureOf(
      'memory/rest',
      'resident at rest, default configuration (90 MB)',
      'MiB',
      [memory.resident / MIB],
      atMost(megabytes(90)),
    ),
    figureOf('memory/idle', 'CPU in ten seconds of nobody asking', 'ms', [ticks * MILLISECONDS_PER_TICK], atMost(0)),
  ];
}

function startTable(starts: readonly Start[], names: number): Table {
  const kinds = [...new Set(starts.map(({ server, kind }) => `${server} ${kind}`))].map((text) => text.split(' '));
  const rows = kinds.map(([server, kind]) => {
    const these = of(starts, server!, kind as Rules);
    const most = these.map((start) => start.most / MIB);
    return [
      server!,
      kind!,
      cell(
        these.map(({ readySeconds }) => readySeconds),
        2,
      ),
      cell(most),
    ];
  });
  const caption = `from start to ready with ${names.toLocaleString('en')} rules, never seen (cold) or the same again (warm); median (min–max)`;
  return table(caption, ['server', 'rules', 's', 'MiB at most'], rows);
}

function heldTable(held: readonly Held[]): Table {
  const rows = [...new Set(held.map(({ server }) => server))].flatMap((server) =>
    (['six', 'cold'] as const).map((kind) => {
      const these = of(held, server, kind);
      const mib = (read: (one: Held) => number) => cell(these.map((one) => read(one) / MIB));
      const added = kind === 'cold' ? cell(ruleOctets(held, server).map((octets) => octets / MIB)) : '';
      const parts = [mib(({ memory }) => memory.proportional), mib(({ memory }) => memory.anonymous)];
      return [server, kind === 'six' ? 'six' : 'all', mib(({ memory }) => memory.resident), ...parts, added];
    }),
  );
  return table(
    'memory half a minute after that, MiB',
    ['server', 'rules', 'RSS', 'PSS', 'of no file', 'for the rules'],
    rows,
  );
}

function restTable({ memory, ticks, ranMilliseconds }: Rest): Table {
  const mib = [memory.resident, memory.proportional, memory.anonymous].map((octets) => (octets / MIB).toFixed(1));
  const header = ['RSS MiB', 'PSS', 'of no file', 'ticks in 10 s', 'ms by the scheduler'];
  return table('Sluis at rest, default configuration', header, [[...mib, String(ticks), ranMilliseconds.toFixed(1)]]);
}

/** What the measurements say; without `rest`, nothing of it. */
export function report(
  starts: readonly Start[],
  held: readonly Held[],
  rest: Rest | null,
  names: number,
): Pick<Outcome, 'tables' | 'figures' | 'doubts'> {
  return {
    tables: [startTable(starts, names), heldTable(held), ...(rest ? [restTable(rest)] : [])],
    figures: [...startFigures(starts), ...heldFigures(held), ...(rest ? restFigures(rest) : [])],
    doubts: [],
  };
}
