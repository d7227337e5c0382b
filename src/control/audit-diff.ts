// What changed between two states of everything that is audited, and how the changes make the one into the other.

import { canonical } from './canonical.ts';

/** What JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export type Fields = Readonly<Record<string, Json>>;

/** Things by their id. */
type ById<T> = Record<string, T>;

export const SECTIONS = ['policies', 'groups', 'exceptions', 'lists', 'apps'] as const;

/** All that is audited, as plain data. A text list stands for a set, and is sorted. */
export type AuditState = Record<(typeof SECTIONS)[number], ById<Fields>> & {
  /** Exceptions that nobody is told more of. */
  sealed: number;
};

/** A set tells what came and went; all else, its values. What was or is not there has no such key. */
export type FieldChange = { before?: Json; after?: Json } | { added: readonly Json[]; removed: readonly Json[] };

export interface SectionChanges {
  added?: ById<Fields>;
  removed?: ById<Fields>;
  changed?: ById<Record<string, FieldChange>>;
}

export type Changes = Partial<Record<(typeof SECTIONS)[number], SectionChanges>> & {
  sealed?: { before: number; after: number };
};

/** An object without a prototype: what others chose as a key is a key and nothing more. */
function bare<T>(entries: Iterable<readonly [string, T]> = []): ById<T> {
  const object: ById<T> = Object.create(null);
  for (const [key, value] of entries) object[key] = value;
  return object;
}

export function emptyState(): AuditState {
  return { policies: bare(), groups: bare(), exceptions: bare(), lists: bare(), apps: bare(), sealed: 0 };
}

/** What the object itself has under a key. */
function own(fields: Fields, key: string): Json | undefined {
  return Object.hasOwn(fields, key) ? fields[key] : undefined;
}

function isSame(one: Json | undefined, other: Json | undefined): boolean {
  return one === other || (one !== undefined && other !== undefined && canonical(one) === canonical(other));
}

function isSet(value: Json | undefined): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

function fieldChange(before: Json | undefined, after: Json | undefined): FieldChange {
  if (isSet(before) && isSet(after)) {
    const [was, is] = [new Set(before), new Set(after)];
    return { added: after.filter((one) => !was.has(one)), removed: before.filter((one) => !is.has(one)) };
  }
  return { ...(before !== undefined && { before }), ...(after !== undefined && { after }) };
}

function fieldsOf(before: Fields, after: Fields): Record<string, FieldChange> {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  const changed = [...keys].filter((key) => !isSame(own(before, key), own(after, key)));
  return bare(changed.map((key) => [key, fieldChange(own(before, key), own(after, key))] as const));
}

function sectionChanges(before: ById<Fields>, after: ById<Fields>): SectionChanges | undefined {
  const added = Object.entries(after).filter(([id]) => !Object.hasOwn(before, id));
  const removed = Object.entries(before).filter(([id]) => !Object.hasOwn(after, id));
  const changed = Object.entries(before).flatMap(([id, fields]) => {
    if (!Object.hasOwn(after, id) || isSame(fields, after[id])) return [];
    return [[id, fieldsOf(fields, after[id])] as const];
  });
  if (added.length + removed.length + changed.length === 0) return undefined;
  return {
    ...(added.length > 0 && { added: bare(added) }),
    ...(removed.length > 0 && { removed: bare(removed) }),
    ...(changed.length > 0 && { changed: bare(changed) }),
  };
}

/** What makes `before` into `after`; undefined where they are the same. */
export function diffStates(before: AuditState, after: AuditState): Changes | undefined {
  const changes: Changes = {};
  for (const section of SECTIONS) {
    const told = sectionChanges(before[section], after[section]);
    if (told) changes[section] = told;
  }
  if (before.sealed !== after.sealed) changes.sealed = { before: before.sealed, after: after.sealed };
  return Object.keys(changes).length > 0 ? changes : undefined;
}

function changedField(was: Json | undefined, change: FieldChange): Json | undefined {
  if (!('added' in change)) return change.after;
  const gone = new Set(change.removed);
  const kept = (was as readonly Json[]).filter((one) => !gone.has(one));
  return [...kept, ...change.added].sort();
}

function applyFields(fields: Fields, changes: Record<string, FieldChange>): Fields {
  const result: ById<Json> = bare(Object.entries(fields));
  for (const [key, change] of Object.entries(changes)) {
    const value = changedField(result[key], change);
    if (value === undefined) delete result[key];
    else result[key] = value;
  }
  return result;
}

/** The state that `changes` make of `state`. Throws where they cannot belong to it. */
export function applyChanges(state: AuditState, changes: Changes): AuditState {
  const result = { ...state };
  for (const section of SECTIONS) {
    const { added = {}, removed = {}, changed = {} } = changes[section] ?? {};
    const things = bare(Object.entries(state[section]));
    for (const id of Object.keys(removed)) delete things[id];
    for (const [id, fields] of Object.entries(added)) things[id] = fields;
    for (const [id, fields] of Object.entries(changed)) {
      if (!Object.hasOwn(things, id)) throw new Error(`it changes "${id}" of ${section}, which is not there`);
      things[id] = applyFields(things[id], fields);
    }
    result[section] = things;
  }
  if (changes.sealed) result.sealed = changes.sealed.after;
  return result;
}
