// What the API tells of lists: how a reload took them, and how those of the policy in force are doing.

import type { SourceReport } from '../control/build-report.ts';
import type { FetchState } from '../control/fetch-schedule.ts';
import type { ListUse } from '../control/list-build.ts';
import type { KeptList, ListKeeper } from '../control/list-keeper.ts';
import type { ListsState } from '../observe/metrics-source.ts';
import type { ListReport, ListStatus, ListUseReport } from '../observe/status.ts';

const timeText = (ms: number) => new Date(ms).toISOString();

function useOf({ state, sha256, since, why, fix, waiting, change }: ListUse): ListUseReport {
  return { state, sha256, since: since === null ? null : timeText(since), why, fix, waiting, change };
}

export function listReport({ use, ...source }: SourceReport): ListReport {
  const { id, file, format, rules, duplicates, rejected, reasons, left } = source;
  return { id, file, format, rules, duplicates, rejected, reasons, left, ...(use && { use: useOf(use) }) };
}

function fetchOf({ checked, due, failures, reason, fix }: FetchState): ListStatus['fetch'] {
  return { checked: checked === 0 ? null : timeText(checked), next: timeText(due), failures, reason, fix };
}

export function listStatus({ list, source, use, since, fetch }: KeptList): ListStatus {
  const dated = useOf({ ...use, since });
  return { ...listReport(source), title: list.title, use: dated, fetch: fetch && fetchOf(fetch) };
}

export function listsState({ lists, counts, problem }: ListKeeper): ListsState {
  const states = { current: 0, held: 0, stale: 0, missing: 0 };
  for (const { use } of lists) states[use.state]++;
  const checks = lists.flatMap(({ fetch }) => fetch?.checked ?? []);
  return {
    states,
    fetches: counts,
    oldestCheck: checks.length === 0 ? 0 : Math.min(...checks) / 1000,
    isFailing: problem !== '',
  };
}
