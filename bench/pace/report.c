// Keeps the latencies, of the whole run and of each tenth of a second, and prints the run as one JSON object.
#include "pace.h"
#include <stdio.h>
#include <stdlib.h>

static struct histogram whole, lateness;
static struct histogram *windows;
static size_t window_count;

void open_histograms(void) {
  if (!options.windows) return;
  window_count = options.milliseconds / WINDOW_MS + 1;
  windows = calloc(window_count, sizeof *windows);
  if (!windows) fail("memory");
}

static size_t bucket_of(uint64_t nanoseconds) {
  if (nanoseconds < 128) return nanoseconds;
  unsigned shift = 57 - __builtin_clzll(nanoseconds);
  size_t bucket = 128 + (shift - 1) * SUBBUCKETS + ((nanoseconds >> shift) - SUBBUCKETS);
  return bucket < BUCKETS ? bucket : BUCKETS - 1;
}

static uint64_t middle_of(size_t bucket) {
  if (bucket < 128) return bucket;
  unsigned shift = (bucket - 128) / SUBBUCKETS + 1;
  return ((SUBBUCKETS + (bucket - 128) % SUBBUCKETS) << shift) + (1ull << shift >> 1);
}

// A query belongs to the tenth of a second in which it was due, not to the one in which its reply came.
static struct histogram *window_of(uint64_t due) {
  size_t window = (due - started) / (WINDOW_MS * MILLISECOND);
  return window < window_count ? &windows[window] : NULL;
}

static void add(struct histogram *h, uint64_t nanoseconds) {
  h->completed++;
  h->sum += nanoseconds;
  h->buckets[bucket_of(nanoseconds)]++;
  if (nanoseconds > h->max) h->max = nanoseconds;
}

// How long after it was due a query left: the share in its latency that the server has no part in.
void keep_lateness(uint64_t due, uint64_t now) { add(&lateness, now - due); }

void keep_latency(uint64_t due, uint64_t now) {
  struct histogram *window = window_of(due);
  add(&whole, now - due);
  if (window) add(window, now - due);
}

void keep_loss(uint64_t due) {
  struct histogram *window = window_of(due);
  if (window) window->lost++;
}

// The latency that `share` of the completed ones stayed within, in seconds; 0 where none completed.
static double quantile(const struct histogram *h, double share) {
  uint64_t wanted = (uint64_t)(share * h->completed + 0.999999), seen = 0;
  if (wanted == 0) return 0;
  for (size_t bucket = 0; bucket < BUCKETS; bucket++) {
    seen += h->buckets[bucket];
    if (seen < wanted) continue;
    uint64_t middle = middle_of(bucket);
    return (double)(middle < h->max ? middle : h->max) / SECOND;
  }
  return (double)h->max / SECOND;
}

static void print_rcodes(void) {
  static const char *NAMES[16] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED",
                                  "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE"};
  const char *comma = "";
  printf("\"rcodes\":{");
  for (int code = 0; code < 16; code++) {
    if (tally.rcodes[code] == 0) continue;
    if (NAMES[code]) printf("%s\"%s\":%llu", comma, NAMES[code], (unsigned long long)tally.rcodes[code]);
    else printf("%s\"%d\":%llu", comma, code, (unsigned long long)tally.rcodes[code]);
    comma = ",";
  }
  printf("}");
}

static void print_windows(void) {
  printf(",\"windows\":[");
  for (size_t i = 0; i < window_count; i++) {
    const struct histogram *h = &windows[i];
    printf("%s{\"completed\":%llu,\"lost\":%llu,\"p99\":%.9f,\"max\":%.9f}", i ? "," : "",
           (unsigned long long)h->completed, (unsigned long long)h->lost, quantile(h, 0.99), (double)h->max / SECOND);
  }
  printf("]");
}

// `unsent` are those that a fixed rate asked for and that no connection had room for in time.
void print_report(uint64_t sending_ended, uint64_t unsent) {
  uint64_t ended = tally.last > sending_ended ? tally.last : sending_ended;
  const struct {
    const char *name;
    uint64_t count;
  } counts[] = {{"sent", tally.sent},           {"completed", tally.completed}, {"lost", tally.lost},
                {"pending", tally.in_flight},   {"unsent", unsent},             {"wrong", tally.wrong},
                {"stray", tally.stray},         {"truncated", tally.truncated}, {"reconnects", tally.reconnects}};
  printf("{");
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
    printf("\"%s\":%llu,", counts[i].name, (unsigned long long)counts[i].count);
  }
  printf("\"seconds\":%.6f,", (double)(ended - started) / SECOND);
  print_rcodes();
  double mean = whole.completed ? (double)whole.sum / whole.completed / SECOND : 0;
  printf(",\"latency\":{\"mean\":%.9f,\"p50\":%.9f,\"p99\":%.9f,\"p999\":%.9f,\"max\":%.9f}", mean,
         quantile(&whole, 0.5), quantile(&whole, 0.99), quantile(&whole, 0.999), (double)whole.max / SECOND);
  printf(",\"lateness\":{\"p99\":%.9f,\"max\":%.9f}", quantile(&lateness, 0.99), (double)lateness.max / SECOND);
  if (options.windows) print_windows();
  printf("}\n");
}
