// Metrics of lists: what is in force of them, and what came of asking for them.

import { type MetricRow, single } from './metrics-row.ts';
import { FETCH_RESULTS, LIST_STATES } from './metrics-source.ts';

export const LIST_ROWS: readonly MetricRow[] = [
  {
    name: 'sluis_lists',
    type: 'gauge',
    help: 'Lists by what is in force of them: current; held, until an update is accepted; stale, its source cannot be had; missing.',
    labels: { state: LIST_STATES },
    from: ({ state: { lists } }) => LIST_STATES.map((state) => ({ labels: { state }, value: lists.states[state] })),
  },
  {
    name: 'sluis_list_fetches_total',
    type: 'counter',
    help: 'Times that a list server was asked, by what came of it.',
    labels: { result: FETCH_RESULTS },
    from: ({ state: { lists } }) =>
      FETCH_RESULTS.map((result) => ({ labels: { result }, value: lists.fetches[result] })),
  },
  {
    name: 'sluis_list_oldest_check_timestamp_seconds',
    type: 'gauge',
    help: 'When the list that waits longest for it was last asked for with success, in unix time; 0 where none is fetched, or one never was.',
    from: single(({ state }) => state.lists.oldestCheck),
  },
  {
    name: 'sluis_list_copies_failing',
    type: 'gauge',
    help: 'Whether copies of lists cannot be kept, for want of room or rights: 1 or 0.',
    from: single(({ state }) => Number(state.lists.isFailing)),
  },
];
