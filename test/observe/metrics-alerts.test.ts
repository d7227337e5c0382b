// What metrics say of a policy's dates and of the audit log: each alert counted, and never more series than are bounded.

import { expect, it } from 'vitest';
import { POLICY_ALERTS } from '../../src/observe/metrics-source.ts';
import { Metrics } from '../../src/observe/prometheus.ts';
import { manyAlerts, metricsWorld, seriesByKey } from './metrics-world.ts';

const world = metricsWorld();
const metrics = new Metrics(world);
const alertsOf = (all: Map<string, number>) => [...all].filter(([key]) => key.startsWith('sluis_policy_alerts{'));

async function series(more: Partial<typeof world.state>): Promise<Map<string, number>> {
  world.state = { ...metricsWorld().state, ...more };
  return seriesByKey(await metrics.expose());
}

it('counts the alerts of each policy, of each kind', async () => {
  const all = await series({
    alerts: [
      { policy: 'be-716', alert: 'review_passed' },
      { policy: 'be-716', alert: 'exception_ending' },
      { policy: 'be-716', alert: 'exception_ending' },
    ],
  });
  expect(alertsOf(all)).toEqual([
    ['sluis_policy_alerts{policy="be-716",alert="review_passed"}', 1],
    ['sluis_policy_alerts{policy="be-716",alert="exception_ending"}', 2],
  ]);
});

it('has no series without alerts', async () => expect(alertsOf(await series({ alerts: [] }))).toEqual([]));

it('sums up those of most of many policies', async () => {
  const all = await series({ alerts: manyAlerts(255) });
  expect(all.get('sluis_policy_alerts{policy="p-0",alert="review_passed"}')).toBe(1);
  const counts = alertsOf(all).map(([, count]) => count);
  expect(counts.length).toBeLessThanOrEqual((20 + 1) * POLICY_ALERTS.length);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(255 * POLICY_ALERTS.length);
});

it('says when an answer next changes', async () => {
  const all = await series({ nextChange: 1_900_000_000 });
  expect(all.get('sluis_policy_next_change_timestamp_seconds')).toBe(1_900_000_000);
});

it('counts lines of the audit log, where there is one', async () => {
  const all = await series({ audit: { written: 7, failed: 2 } });
  expect(all.get('sluis_audit_lines_total{result="written"}')).toBe(7);
  expect(all.get('sluis_audit_lines_total{result="failed"}')).toBe(2);
  const none = await series({ audit: undefined });
  expect([...none.keys()].filter((key) => key.startsWith('sluis_audit'))).toEqual([]);
});
