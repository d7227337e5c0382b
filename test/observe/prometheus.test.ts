// The exposition: well formed, complete, bounded, and true to the counters.

import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUCKETS, Counters, EVENT, GAUGE, HIT, HIT_SLOTS, OUTCOME } from '../../src/engine/counters.ts';
import { Moment } from '../../src/engine/moment.ts';
import { DATAGRAM_COUNTERS } from '../../src/net/datagram-counters.ts';
import { UPSTREAM_COUNTERS } from '../../src/net/stream-client.ts';
import { STREAM_COUNTERS } from '../../src/net/stream-counters.ts';
import { METRICS, PROCESS_METRICS } from '../../src/observe/metrics-table.ts';
import { Metrics } from '../../src/observe/prometheus.ts';
import { type Family, manyAlerts, metricsWorld, readExposition, seriesByKey } from './metrics-world.ts';

const world = metricsWorld();
const metrics = new Metrics(world);
const ROWS = Object.values(METRICS).flat();
const promtool = spawnSync('promtool', ['--version']).error === undefined;

function value(families: Map<string, Family>, name: string, labels: Record<string, string> = {}): number | undefined {
  const family = families.get(name) ?? families.get(name.replace(/_(bucket|sum|count)$/, ''));
  return family?.series.find((series) => {
    return series.name === name && Object.entries(labels).every(([label, text]) => series.labels[label] === text);
  })?.value;
}

describe('the text', () => {
  it('reads line by line, and holds every row of the table once with its help and type', async () => {
    const families = readExposition(await metrics.expose());
    for (const { name, type, help } of ROWS) expect(families.get(name)).toMatchObject({ type, help });
    const names = [...ROWS.map(({ name }) => name), ...PROCESS_METRICS];
    expect([...families.keys()].sort()).toEqual(names.sort());
  });

  it('has a value for every metric of the process', async () => {
    const families = readExposition(await metrics.expose());
    for (const name of PROCESS_METRICS) {
      expect(families.get(name)?.series.length, name).toBeGreaterThan(0);
      expect(families.get(name)?.series.every((series) => Number.isFinite(series.value))).toBe(true);
    }
    expect(value(families, 'sluis_process_resident_memory_bytes')).toBeGreaterThan(0);
    expect(value(families, 'sluis_nodejs_heap_size_used_bytes')).toBeGreaterThan(0);
  });

  it.skipIf(!promtool)('passes promtool check metrics (skipped where promtool is not installed)', async () => {
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: await metrics.expose() });
    expect(`${stdout}${stderr}`).toBe('');
    expect(status).toBe(0);
  });

  it('names metrics as Prometheus does', () => {
    for (const { name, type } of ROWS) {
      expect(name).toMatch(/^sluis_[a-z]+(_[a-z]+)*$/);
      expect(name.endsWith('_total'), name).toBe(type === 'counter');
    }
  });

  it('says what it is', () => expect(metrics.contentType).toBe('text/plain; version=0.0.4; charset=utf-8'));

  it('gives two scrapes at once the same whole answer', async () => {
    const ours = (text: string) => text.split('\n').filter((line) => !/sluis_(process|nodejs)_/.test(line));
    const [one, other] = await Promise.all([metrics.expose(), metrics.expose()]);
    expect(ours(one)).toEqual(ours(other));
  });

  it('fails, instead of giving a part, when the source fails', async () => {
    const broken = new Metrics({
      ...metricsWorld(),
      cache: () => {
        throw new Error('no cache');
      },
    });
    await expect(broken.expose()).rejects.toThrow('no cache');
  });
});

type Count = (counters: Counters, by: number) => void;

/** Every number that workers count, by the way it is counted. */
const PLACES: [string, Count][] = [
  ...Object.entries(EVENT).map(([name, place]): [string, Count] => [
    `event ${name}`,
    (counters, by) => {
      for (let n = 0; n < by; n++) counters.event(place);
    },
  ]),
  ...Array.from({ length: DATAGRAM_COUNTERS + STREAM_COUNTERS + UPSTREAM_COUNTERS }, (_, place): [string, Count] => [
    `socket counter ${place}`,
    (counters, by) => {
      counters.sockets[place] += by;
    },
  ]),
  // What is overruled shows with ways round alone: metrics-bypass.test.ts.
  ...Object.entries({ ...HIT, OVERRULED: HIT.OBSERVED }).map(([name, hit]): [string, Count] => [
    `hit ${name}`,
    (counters, by) => {
      for (let n = 0; n < by; n++) counters.hit(0, hit);
    },
  ]),
];

describe('what workers count', () => {
  it.each(PLACES)('%s moves one series, by the sum over workers', async (_name, count) => {
    const before = seriesByKey(await metrics.expose());
    count(world.workers[0].counters, 2);
    count(world.workers[2].counters, 5);
    const after = seriesByKey(await metrics.expose());
    const moved = [...after].filter(([key, now]) => !/^sluis_(process|nodejs)_/.test(key) && now !== before.get(key));
    expect(moved.map(([key, now]) => now - (before.get(key) ?? 0))).toEqual([7]);
    expect(moved[0][0]).toMatch(/_total(\{|$)/);
  });

  it.each(Object.entries(OUTCOME))('outcome %s moves its own count', async (name, outcome) => {
    const key = `sluis_replies_total{outcome="${name.toLowerCase()}"}`;
    const before = seriesByKey(await metrics.expose()).get(key) ?? Number.NaN;
    world.workers[1].counters.outcome(outcome);
    expect(seriesByKey(await metrics.expose()).get(key)).toBe(before + 1);
  });

  it('adds up what waits, and gives the oldest of heartbeats and generations', async () => {
    const [first, second, third] = world.workers.map(({ counters }) => counters);
    for (const [counters, pending, heartbeat, generation] of [
      [first, 3, 1_700_000_005_000, 3],
      [second, 4, 1_700_000_001_500, 2],
      [third, 0, 1_700_000_009_000, 3],
    ] as const) {
      counters.gauge(GAUGE.PENDING, pending);
      counters.gauge(GAUGE.HEARTBEAT, heartbeat);
      counters.gauge(GAUGE.GENERATION, generation);
    }
    third.gauge(GAUGE.STREAM_CLIENTS, 9);
    const families = readExposition(await metrics.expose());
    expect(value(families, 'sluis_pending_questions')).toBe(7);
    expect(value(families, 'sluis_stream_clients')).toBe(9);
    expect(value(families, 'sluis_policy_generation')).toBe(3);
    expect(value(families, 'sluis_policy_generation_oldest')).toBe(2);
    const heartbeat = 'sluis_worker_heartbeat_timestamp_seconds';
    expect(value(families, heartbeat, { worker: 'datagram' })).toBe(1_700_000_001.5);
    expect(value(families, heartbeat, { worker: 'stream' })).toBe(1_700_000_009);
  });

  it('counts on when a worker is replaced in its place', async () => {
    const buffer = Counters.allocate(1);
    const alone = metricsWorld();
    alone.workers = [{ kind: 'datagram', index: 0, counters: new Counters(buffer, 0) }];
    const exposed = new Metrics(alone);
    alone.workers[0].counters.outcome(OUTCOME.CACHED);
    new Counters(buffer, 0).outcome(OUTCOME.CACHED);
    expect(value(readExposition(await exposed.expose()), 'sluis_replies_total', { outcome: 'cached' })).toBe(2);
  });
});

const observation = fc.record({
  worker: fc.nat({ max: 2 }),
  outcome: fc.constantFrom(...Object.values(OUTCOME)),
  // Bounds themselves, and what lies between and beyond.
  ms: fc.oneof(
    fc.constantFrom(...BUCKETS.map((seconds) => seconds * 1000)),
    fc.double({ min: 0, max: 10_000, noNaN: true }),
  ),
});

describe('histograms', () => {
  it('are cumulative, end in their count, and hold each latency where it belongs', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(observation, { maxLength: 60 }), async (observations) => {
        const fresh = metricsWorld();
        const [asked, now] = [new Moment(), new Moment()];
        for (const { worker, outcome, ms } of observations) {
          now.ms = ms;
          fresh.workers[worker].counters.outcomeAfter(outcome, asked, now);
        }
        // The registry is one for all runs: each costs a watch on the event loop.
        world.workers = fresh.workers;
        const { series } = readExposition(await metrics.expose()).get('sluis_reply_seconds')!;
        for (const [name, outcome] of Object.entries(OUTCOME)) {
          const own = series.filter(({ labels }) => labels.outcome === name.toLowerCase());
          const waits = observations.filter((one) => one.outcome === outcome).map(({ ms }) => ms);
          const buckets = own.filter(({ labels }) => labels.le !== undefined);
          expect(buckets.map(({ labels }) => labels.le)).toEqual([...BUCKETS.map(String), '+Inf']);
          const bounds = [...BUCKETS.map((seconds) => seconds * 1000), Number.POSITIVE_INFINITY];
          expect(buckets.map((bucket) => bucket.value)).toEqual(
            bounds.map((bound) => waits.filter((ms) => ms <= bound).length),
          );
          expect(own.find((one) => one.name.endsWith('_count'))?.value).toBe(waits.length);
          const sum = waits.reduce((total, ms) => total + ms / 1000, 0);
          expect(own.find((one) => one.name.endsWith('_sum'))?.value).toBeCloseTo(sum, 6);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('never fall, nor does any other counter, whatever is counted next', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(observation, { minLength: 1, maxLength: 20 }), async (observations) => {
        const before = await metrics.expose();
        for (const { worker, outcome, ms } of observations) {
          world.workers[worker].counters.outcome(outcome);
          world.workers[worker].counters.endBatch(ms);
        }
        const after = seriesByKey(await metrics.expose());
        for (const [name, { type, series }] of readExposition(before)) {
          if (type === 'gauge') continue;
          for (const one of series) expect(after.get(one.key), name).toBeGreaterThanOrEqual(one.value);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('labels', () => {
  it('are of a closed set, which has no place for a client, a name or a rule', async () => {
    const known =
      'alert change decision group hash le list node outcome policy reason result state transport version worker';
    const used = new Set<string>();
    for (const { series } of readExposition(await metrics.expose()).values()) {
      for (const { labels } of series) for (const label of Object.keys(labels)) used.add(label);
    }
    expect([...used].sort()).toEqual(known.split(' '));
  });

  it('stand as the table says', async () => {
    const families = readExposition(await metrics.expose());
    for (const { name, type, labels = {} } of ROWS) {
      for (const series of families.get(name)!.series) {
        const own = Object.keys(series.labels).filter((label) => type !== 'histogram' || label !== 'le');
        expect(own.sort(), name).toEqual(Object.keys(labels).sort());
        for (const label of own) {
          const values = labels[label];
          if (typeof values !== 'string') expect(values).toContain(series.labels[label]);
        }
      }
    }
  });

  // Ids are checked when settings are read; what is written here must hold even if they were not.
  it.each(['a"b', 'a\\b', 'a\nb', 'a"} 1\nsluis_ready 0\n#', '\\', '\\n', '😀', '\r', ''])('survive %j', async (id) => {
    world.pairList = [{ policy: id, group: id, slot: 0 }];
    world.state = { ...world.state, rejectedLines: new Map([[id, 4]]) };
    const families = readExposition(await metrics.expose());
    const pairs = families
      .get('sluis_policy_decisions_total')!
      .series.map(({ labels }) => [labels.policy, labels.group]);
    expect(pairs).toEqual([0, 1, 2, 3].map(() => [id, id]));
    expect(families.get('sluis_list_rejected_lines')!.series).toMatchObject([{ labels: { list: id }, value: 4 }]);
  });

  it('make at most 2,000 series with every place for a policy and a group taken, and 1,200 lists and apps', async () => {
    world.pairList = Array.from({ length: HIT_SLOTS }, (_, slot) => ({ policy: `p-${slot}`, group: 'g', slot }));
    world.state = {
      ...world.state,
      rejectedLines: new Map(Array.from({ length: 1200 }, (_, n) => [`list-${n}`, n])),
      alerts: manyAlerts(255),
    };
    const families = readExposition(await metrics.expose());
    const count = [...families.values()].reduce((sum, { series }) => sum + series.length, 0);
    expect(count).toBeLessThanOrEqual(2000);
    expect(families.get('sluis_policy_decisions_total')!.series).toHaveLength(4 * HIT_SLOTS);
    const rejected = families.get('sluis_list_rejected_lines')!.series;
    expect(rejected.reduce((sum, series) => sum + series.value, 0)).toBe((1199 * 1200) / 2);
  });
});

describe('the state', () => {
  it('is as the source says', async () => {
    const families = readExposition(await metrics.expose());
    expect(value(families, 'sluis_reloads_total', { result: 'failed' })).toBe(1);
    expect(value(families, 'sluis_last_reload_successful')).toBe(1);
    expect(value(families, 'sluis_last_reload_success_timestamp_seconds')).toBe(1_700_000_000);
    expect(value(families, 'sluis_worker_restarts_total', { worker: 'datagram' })).toBe(1);
    expect(value(families, 'sluis_workers', { worker: 'datagram' })).toBe(2);
    expect(value(families, 'sluis_cache_capacity_bytes')).toBe(1_048_576);
    expect(value(families, 'sluis_build_info', { version: '0.1.0' })).toBe(1);
  });

  it('is 0 before there is a worker', async () => {
    world.workers = [];
    const families = readExposition(await metrics.expose());
    expect(value(families, 'sluis_policy_generation_oldest')).toBe(0);
    expect(value(families, 'sluis_worker_heartbeat_timestamp_seconds', { worker: 'stream' })).toBe(0);
  });
});
