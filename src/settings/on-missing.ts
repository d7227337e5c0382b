// What becomes of a group when a list that it needs cannot be had.

/** The strictest first. */
export const ON_MISSING = ['refuse-to-start', 'serve-last-good', 'open'] as const;
export type OnMissing = (typeof ON_MISSING)[number];
