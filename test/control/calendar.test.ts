// The calendar at every second that matters: states, alerts, and the next moment at which something changes.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Alert,
  alertsAt,
  alertText,
  type Calendar,
  type CalendarException,
  type CalendarPolicy,
  exceptionsAt,
  nextAlert,
  nextChange,
  stateAt,
  timeline,
} from '../../src/control/calendar.ts';

const day = (text: string) => Date.parse(`${text}T00:00:00Z`) / 1000;

const BE_716: CalendarPolicy = {
  id: 'be-716',
  decided: null,
  effective: day('2023-03-10'),
  blocks: null,
  deadline: day('2023-03-31'),
  review: day('2023-09-10'),
  expires: null,
  onExpiry: 'keep-and-alert',
};

const EXCEPTION: CalendarException = {
  id: 'x-2026-014',
  policy: 'be-716',
  owner: 'a@example.be',
  starts: day('2026-10-01'),
  expires: day('2027-03-31'),
  sealed: false,
};

const calendar = (policy: Partial<CalendarPolicy>, ...exceptions: Partial<CalendarException>[]): Calendar => ({
  policies: [{ ...BE_716, ...policy }],
  exceptions: exceptions.map((one) => ({ ...EXCEPTION, ...one })),
});

/** `be-716 review_passed`, or with the exception's id in place of the policy's. */
const named = (alerts: Alert[]) => alerts.map(({ alert, policy, exception }) => `${exception ?? policy} ${alert}`);

describe('a state', () => {
  const graced = { effective: day('2026-01-01'), blocks: day('2026-01-15'), expires: day('2027-01-01') };
  const lapses = { ...graced, onExpiry: 'off' } as const;
  it.each<[string, Partial<CalendarPolicy>, number, string, number | null, number | null]>([
    ['before it is effective', graced, graced.effective - 1, 'not yet', null, graced.effective],
    ['in its grace', graced, graced.effective, 'grace', graced.effective, graced.blocks],
    ['in the last second of it', graced, graced.blocks - 1, 'grace', graced.effective, graced.blocks],
    ['after it', graced, graced.blocks, 'in force', graced.blocks, null],
    ['in the last second before it expires', graced, graced.expires - 1, 'in force', graced.blocks, null],
    ['before it lapses', lapses, graced.blocks, 'in force', graced.blocks, graced.expires],
    [
      'in a grace that it does not outlive',
      { ...lapses, blocks: 9e9 },
      graced.effective,
      'grace',
      graced.effective,
      graced.expires,
    ],
    ['kept', graced, graced.expires, 'expired, kept', graced.expires, null],
    ['observing', { ...graced, onExpiry: 'observe' }, graced.expires, 'expired, observes', graced.expires, null],
    ['off', lapses, graced.expires, 'expired, off', graced.expires, null],
    ['without dates', { effective: null }, 0, 'in force', null, null],
  ])('%s', (_, dates, at, state, since, until) => {
    expect(stateAt({ ...BE_716, ...dates }, at)).toEqual({ state, since, until });
  });
});

describe('the alerts', () => {
  const ends = EXCEPTION.expires;
  const DAY = 86400;
  it.each<[string, Calendar, number, string[]]>([
    ['none before any date', calendar({}), day('2023-03-30'), []],
    ['a deadline, from its second on', calendar({}), day('2023-03-31'), ['be-716 deadline_passed']],
    ['none a second before', calendar({}), day('2023-03-31') - 1, []],
    ['a review that passed, too', calendar({}), day('2023-09-10'), ['be-716 deadline_passed', 'be-716 review_passed']],
    [
      'an expiry of what is kept',
      calendar({ deadline: null, review: null, expires: day('2024-01-01') }),
      day('2024-01-01'),
      ['be-716 expired_kept'],
    ],
    [
      'a ban that lapsed, and nothing else of it where it is off',
      calendar({ expires: day('2024-01-01'), onExpiry: 'off' }),
      day('2024-01-01'),
      ['be-716 expired_lapsed'],
    ],
    [
      'until it did, of its dates',
      calendar({ expires: day('2024-01-01'), onExpiry: 'off' }),
      day('2024-01-01') - 1,
      ['be-716 deadline_passed', 'be-716 review_passed'],
    ],
    [
      'a ban that only observes since, with the rest of it',
      calendar({ deadline: null, expires: day('2024-01-01'), onExpiry: 'observe' }),
      day('2024-01-01') + 7 * DAY - 1,
      ['be-716 review_passed', 'be-716 expired_lapsed'],
    ],
    [
      'for seven days',
      calendar({ deadline: null, review: null, expires: day('2024-01-01'), onExpiry: 'observe' }),
      day('2024-01-01') + 7 * DAY,
      [],
    ],
    ['none long before an exception ends', calendar({ deadline: null, review: null }, {}), ends - 14 * DAY - 1, []],
    [
      'two weeks before',
      calendar({ deadline: null, review: null }, {}),
      ends - 14 * DAY,
      ['x-2026-014 exception_ending'],
    ],
    ['in its last second', calendar({ deadline: null, review: null }, {}), ends - 1, ['x-2026-014 exception_ending']],
    ['at its end', calendar({ deadline: null, review: null }, {}), ends, ['x-2026-014 exception_ended']],
    [
      'for seven days',
      calendar({ deadline: null, review: null }, {}),
      ends + 7 * DAY - 1,
      ['x-2026-014 exception_ended'],
    ],
    ['and no longer', calendar({ deadline: null, review: null }, {}), ends + 7 * DAY, []],
    [
      'of a short one, not before it starts',
      calendar({ deadline: null, review: null }, { starts: ends - 60 }),
      ends - 61,
      [],
    ],
    ['of a sealed one, never', calendar({ deadline: null, review: null }, { sealed: true }), ends, []],
  ])('%s', (_, dates, at, alerts) => expect(named(alertsAt(dates, at))).toEqual(alerts));

  it('say since when, of what date, and in words', () => {
    const [alert] = alertsAt(calendar({ deadline: null, review: null }, {}), ends - 5);
    expect(alert).toMatchObject({ since: ends - 14 * DAY, date: ends, owner: 'a@example.be' });
    expect(alertText(alert)).toBe('exception x-2026-014 from be-716 ends on 2027-03-31');
  });
});

describe('the timeline', () => {
  it('has every date in order, and none of a sealed exception', () => {
    const dates = timeline(calendar({ decided: day('2023-03-09') }, {}, { id: 'x-2', sealed: true }));
    expect(dates.map(({ at, kind }) => [new Date(at * 1000).toISOString().slice(0, 10), kind])).toEqual([
      ['2023-03-09', 'decided'],
      ['2023-03-10', 'effective'],
      ['2023-03-31', 'deadline'],
      ['2023-09-10', 'review'],
      ['2026-10-01', 'exception-starts'],
      ['2027-03-31', 'exception-ends'],
    ]);
  });

  it('tells which date next changes an answer', () => {
    const dates = calendar({}, {}, { sealed: true, expires: day('2026-12-01') });
    const next = (text: string) => nextChange(dates, day(text));
    expect(next('2023-03-09')).toBe(day('2023-03-10'));
    expect(next('2023-03-10')).toBe(day('2026-10-01'));
    expect(next('2026-10-01')).toBe(day('2027-03-31'));
    expect(next('2027-03-31')).toBeNull();
  });

  it('knows who is let through now, the sealed among them', () => {
    const dates = calendar({}, {}, { id: 'x-2', sealed: true });
    const ids = (at: number) => exceptionsAt(dates, at).map(({ id }) => id);
    expect(ids(EXCEPTION.starts - 1)).toEqual([]);
    expect(ids(EXCEPTION.starts)).toEqual(['x-2026-014', 'x-2']);
    expect(ids(EXCEPTION.expires)).toEqual([]);
  });
});

describe('between two moments at which an alert begins or ends', () => {
  const moment = fc.nat({ max: 100 }).map((days) => days * 86400);
  const dated = fc.record({ deadline: moment, review: moment, expires: moment });
  it('there is no other', () => {
    fc.assert(
      fc.property(dated, moment, moment, fc.nat({ max: 9e6 }), (policy, starts, length, at) => {
        const dates = calendar(policy, { starts, expires: starts + length + 1 });
        const next = nextAlert(dates, at) ?? 1e8;
        const between = at + Math.floor((next - at) / 2);
        expect(named(alertsAt(dates, between))).toEqual(named(alertsAt(dates, at)));
        expect(named(alertsAt(dates, next - 1))).toEqual(named(alertsAt(dates, at)));
      }),
    );
  });
});
