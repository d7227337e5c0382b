// Writes the compiled parts into one image: sizes are known first, and the buffer is allocated once.

import { type AddressPlan, type AddressTable, writeAddresses, writeRangeStarts } from './compile-addresses.ts';
import { collectAnswers, structuredOctets, writeAnswers } from './compile-answers.ts';
import type { Clients, DerivedGroups } from './compile-derived.ts';
import { type DeviceClasses, deviceIdOctets, deviceSlotCount, writeDevices } from './compile-devices.ts';
import type { Ranges } from './compile-groups.ts';
import type { DeviceInput, ExceptionInput, GroupInput, PolicyInput } from './compile-input.ts';
import type { NameTable } from './compile-names.ts';
import { planSlots, type SlotPlan, writeNames } from './compile-slots.ts';
import { allocateImage, type Image } from './image.ts';
import { sealImage } from './image-check.ts';
import { COUNT } from './image-sections.ts';
import { MODE } from './rule.ts';

export interface ImageParts {
  seed: number;
  generation: number;
  anyGroup: number;
  names: NameTable;
  addresses: AddressTable;
  sets: { source: number; facet: number }[];
  sourceCount: number;
  policies: PolicyInput[];
  groups: GroupInput[];
  exceptions: ExceptionInput[];
  devices: readonly DeviceInput[];
  deviceClasses: DeviceClasses;
  clients: Clients;
  metadata: Uint8Array;
}

/** The image of `parts`, sealed. `parts.names` is empty after. */
export function writeImage(parts: ImageParts): Image {
  const { names, sets, policies, groups, exceptions, clients, metadata } = parts;
  names.freeze();
  const bySet = sets.map(({ source, facet }) => covering(policies, source, 1 << facet));
  const bySource = Array.from({ length: parts.sourceCount }, (_, source) => covering(policies, source, ~0));
  const slots = planSlots(names);
  const answers = collectAnswers(policies, groups);
  const changes = collectChanges(policies, exceptions);
  const addresses = parts.addresses.plan();
  const counts = countParts(parts, slots, total(bySet), total(bySource), answers.records.length);
  countAddresses(counts, addresses);
  counts[COUNT.CHANGES] = changes.length;
  counts[COUNT.STRUCTURED] = structuredOctets(answers.records);
  const image = allocateImage(counts, parts.generation, parts.seed, parts.anyGroup);
  for (const [set, { source, facet }] of sets.entries()) {
    image.setSources[set] = source;
    image.setFacets[set] = facet;
  }
  writeLists(bySet, image.setPolicyStarts, image.setPolicies);
  writeLists(bySource, image.sourcePolicyStarts, image.sourcePolicies);
  writePolicies(image, policies);
  writeGroups(image, parts, answers.of);
  writeAnswers(image, answers.records);
  writeExceptions(image, exceptions, clients.derived);
  image.changes.set(changes);
  writeRanges(image, clients);
  writeDevices(image, parts.devices, parts.deviceClasses, new Set([0, ...clients.tableOf]).size);
  image.metadata.set(metadata);
  const isManaged = groups.some(({ fallback }) => fallback);
  writeNames(image, names, slots, lenientSets(parts, bySet, bySource), isManaged);
  writeAddresses(image, addresses, names.ruleCount);
  names.release();
  sealImage(image);
  return image;
}

/** The counts in the order of COUNT, which size the image. */
function countParts(
  parts: ImageParts,
  slots: SlotPlan,
  setPolicies: number,
  sourcePolicies: number,
  answers: number,
): Int32Array {
  const { names, sets, policies, groups, exceptions, devices, clients, metadata } = parts;
  const counts = new Int32Array(Object.keys(COUNT).length);
  counts[COUNT.SLOTS] = slots.slotCount;
  counts[COUNT.SIEVE] = slots.sieveWords;
  counts[COUNT.HOMES] = slots.homeCount;
  counts[COUNT.POOL] = names.labels.length;
  counts[COUNT.RULES] = names.ruleCount + parts.addresses.ruleCount;
  counts[COUNT.SETS] = sets.length;
  counts[COUNT.SET_POLICIES] = setPolicies;
  counts[COUNT.SOURCES] = parts.sourceCount;
  counts[COUNT.SOURCE_POLICIES] = sourcePolicies;
  counts[COUNT.POLICIES] = policies.length;
  counts[COUNT.GROUPS] = groups.length;
  counts[COUNT.ALLOWS] = groups.reduce((sum, group) => sum + group.allow.length, 0);
  counts[COUNT.ANSWERS] = answers;
  counts[COUNT.EXCEPTIONS] = exceptions.length;
  counts[COUNT.DERIVED] = clients.derived.bases.length;
  counts[COUNT.EXCEPTED] = total(clients.derived.exceptions);
  counts[COUNT.LISTENERS] = clients.tableOf.length;
  counts[COUNT.TABLES] = clients.tables4.length;
  counts[COUNT.RANGES4] = total(clients.tables4.map(({ groups }) => groups));
  counts[COUNT.RANGES6] = total(clients.tables6.map(({ groups }) => groups));
  counts[COUNT.METADATA] = metadata.length;
  counts[COUNT.DEVICES] = devices.length;
  counts[COUNT.DEVICE_SLOTS] = deviceSlotCount(devices);
  counts[COUNT.DEVICE_IDS] = deviceIdOctets(devices);
  return counts;
}

function countAddresses(counts: Int32Array, { prefixes, ranges4, ranges6 }: AddressPlan): void {
  counts[COUNT.PREFIXES] = prefixes.length;
  counts[COUNT.ADDRESS_RANGES4] = ranges4.starts.length;
  counts[COUNT.ADDRESS_RANGES6] = ranges6.starts.length;
}

/** The policies that cover any of the facets of a source, ascending. */
function covering(policies: PolicyInput[], source: number, facets: number): number[] {
  const found: number[] = [];
  for (const [index, policy] of policies.entries()) {
    if (policy.selections.some((selection) => selection.source === source && selection.facets & facets)) {
      found.push(index);
    }
  }
  return found;
}

function total(lists: number[][]): number {
  return lists.reduce((sum, list) => sum + list.length, 0);
}

function writeLists(lists: number[][], starts: Uint32Array, items: Uint8Array | Uint16Array | Int16Array): void {
  let at = 0;
  for (const [index, list] of lists.entries()) {
    starts[index] = at;
    items.set(list, at);
    at += list.length;
  }
  starts[lists.length] = at;
}

function writePolicies(image: Image, policies: PolicyInput[]): void {
  for (const [index, policy] of policies.entries()) {
    image.effective[index] = policy.effective ?? Number.NEGATIVE_INFINITY;
    image.expires[index] = policy.expires ?? Number.POSITIVE_INFINITY;
    image.blocks[index] = policy.blocks ?? Number.NEGATIVE_INFINITY;
    image.onExpiry[index] = policy.onExpiry;
  }
}

function writeGroups(image: Image, parts: ImageParts, answerOf: number[][]): void {
  const allows = parts.groups.map((group) => group.allow);
  writeLists(allows, image.allowStarts, image.allowSources);
  for (const [index, group] of parts.groups.entries()) {
    image.fallbackModes[index] = group.fallback?.mode ?? MODE.OFF;
    image.fallbackPolicies[index] = group.fallback?.policy ?? 0;
    for (let policy = 0; policy < image.policyCount; policy++) {
      image.modes[index * image.policyCount + policy] = group.modes[policy] ?? MODE.OFF;
      image.answerOf[index * image.policyCount + policy] = answerOf[index][policy];
    }
  }
}

/**
 * By set, whether a rule of it beneath a blocked name may let its name through: the source is in some group's allow
 * list, or a policy covers the source without the set's facet, so that the rule silences a block above.
 */
function lenientSets(parts: ImageParts, bySet: number[][], bySource: number[][]): boolean[] {
  const allowed = new Set(parts.groups.flatMap((group) => group.allow));
  return parts.sets.map(({ source }, set) => allowed.has(source) || bySet[set].length < bySource[source].length);
}

/** Unix seconds, whole and ascending. A verdict is made for whole seconds, so a moment within one acts from the next on. */
function collectChanges(policies: readonly PolicyInput[], exceptions: readonly ExceptionInput[]): number[] {
  const moments = [
    ...policies.flatMap(({ effective, blocks, expires }) => [effective, blocks, expires]),
    ...exceptions.flatMap(({ starts, expires }) => [starts, expires]),
  ].filter((moment) => moment !== null && moment !== undefined);
  return [...new Set(moments.map(Math.ceil))].sort((a, b) => a - b);
}

function writeExceptions(image: Image, exceptions: readonly ExceptionInput[], derived: DerivedGroups): void {
  for (const [index, { policy, starts, expires }] of exceptions.entries()) {
    image.exceptionPolicies[index] = policy;
    image.exceptionStarts[index] = starts;
    image.exceptionEnds[index] = expires;
  }
  image.bases.set(derived.bases);
  writeLists(derived.exceptions, image.exceptedStarts, image.excepted);
}

function writeRanges(image: Image, { tables4, tables6, tableOf }: Clients): void {
  image.tableOf.set(tableOf);
  const groupsOf = (tables: Ranges[], starts: Uint32Array, groups: Int16Array): bigint[] => {
    const lists = tables.map((table) => table.groups);
    writeLists(lists, starts, groups);
    return tables.flatMap((table) => table.starts);
  };
  writeRangeStarts(groupsOf(tables4, image.tableStarts4, image.groups4), image.starts4, 1);
  writeRangeStarts(groupsOf(tables6, image.tableStarts6, image.groups6), image.starts6, 4);
}
