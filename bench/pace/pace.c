// A load generator for DNS that keeps its pace: queries leave when they are due, whether or not replies come back.
//
// A latency counts from the moment a query was due, not from when it left: a server, or this program, that stalls
// delays every query due meanwhile, and all of them show it (no coordinated omission). With rate=0 it asks as fast as
// replies come, with a fixed number in flight. It prints one JSON object and ends by itself; SIGTERM ends it sooner.
// Usage: pace NAME=VALUE …, every name as in the table below, and file=QUESTIONS. Loopback only.
#include "pace.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

struct options options;
static volatile sig_atomic_t told_to_stop;
static int poll_fd;
uint64_t started;

static const struct {
  const char *name;
  long *value;
  long usual, least, most;
} OPTIONS[] = {
    {"port", &options.port, 0, 1, 65535},
    {"milliseconds", &options.milliseconds, 1000, 1, 600000},
    {"rate", &options.rate, 0, 0, 300000},
    {"outstanding", &options.outstanding, 200, 1, 60000},
    {"addresses", &options.addresses, 1, 1, 65536},  // 127.1.0.1 and on
    {"stride", &options.stride, 1, 1, 65536},        // by this step
    {"halves", &options.halves, 0, 0, 1},            // every other one in 127.128.0.0/9
    {"ports", &options.ports, 1, 1, 4096},
    {"tcp", &options.tcp, 0, 0, 1},
    {"connections", &options.connections, 1, 1, 4096},
    {"windows", &options.windows, 0, 0, 1},
};
// What lies between 127.1.0.1 and 127.127.255.255, rounded down.
enum { MOST_ADDRESSES = 126 << 16 };
enum { OPTION_COUNT = sizeof OPTIONS / sizeof *OPTIONS };

void fail(const char *what) {
  fprintf(stderr, "pace: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void refuse(const char *argument) {
  fprintf(stderr, "pace: %s\nusage: pace file=QUESTIONS", argument);
  for (int i = 0; i < OPTION_COUNT; i++) {
    fprintf(stderr, " %s=%ld..%ld", OPTIONS[i].name, OPTIONS[i].least, OPTIONS[i].most);
  }
  fprintf(stderr, "\n");
  exit(2);
}

static void read_option(const char *argument) {
  size_t length = strcspn(argument, "=");
  if (strncmp(argument, "file=", 5) == 0) {
    options.file = argument + 5;
    return;
  }
  for (int i = 0; i < OPTION_COUNT; i++) {
    if (strlen(OPTIONS[i].name) != length || strncmp(OPTIONS[i].name, argument, length) != 0) continue;
    char *end;
    long value = argument[length] ? strtol(argument + length + 1, &end, 10) : -1;
    if (value < OPTIONS[i].least || value > OPTIONS[i].most || *end) refuse(argument);
    *OPTIONS[i].value = value;
    return;
  }
  refuse(argument);
}

uint32_t source_address(uint32_t index) {
  uint32_t half = options.halves ? index & 1 : 0, step = options.halves ? index >> 1 : index;
  return (127u << 24 | 1u << 16 | half << 23) + 1 + step * (uint32_t)options.stride;
}

void watch(int fd, uint32_t events, void *place, int operation) {
  struct epoll_event event = {.events = events, .data.ptr = place};
  if (epoll_ctl(poll_fd, operation, fd, &event) < 0) fail("epoll_ctl");
}

// At a fixed rate the query number n is due n/rate seconds after the start.
uint64_t due_of_next(uint64_t now) { return options.rate ? started + tally.sent * SECOND / options.rate : now; }

// How many should leave now, at most a batch.
static uint64_t due_now(uint64_t now, uint64_t wanted) {
  uint64_t due;
  if (options.rate) {
    uint64_t all = (now - started) * options.rate / SECOND + 1;
    if (all > wanted) all = wanted;
    due = all > tally.sent ? all - tally.sent : 0;
  } else {
    due = tally.in_flight < (uint64_t)options.outstanding ? options.outstanding - tally.in_flight : 0;
  }
  return due < BATCH ? due : BATCH;
}

static void wait_for_events(const struct transport *transport, uint64_t until) {
  struct epoll_event events[BATCH];
  uint64_t now = clock_now(), left = until > now ? until - now : 0;
  struct timespec timeout = {.tv_sec = left / SECOND, .tv_nsec = left % SECOND};
  int ready = epoll_pwait2(poll_fd, events, BATCH, &timeout, NULL);
  for (int i = 0; i < ready; i++) transport->receive(events[i].data.ptr, events[i].events);
}

// Sends what is due; returns when there will be more to send.
static uint64_t send_all_due(const struct transport *transport, uint64_t now, uint64_t wanted, uint64_t latest) {
  for (uint64_t due; (due = due_now(now, wanted)) > 0;) {
    uint64_t before = tally.sent;
    transport->send(due, now);
    if (tally.sent - before < due) return now + MILLISECOND;  // No room: replies, or time, will make some.
  }
  uint64_t next = options.rate ? due_of_next(now) : latest;
  return next < latest ? next : latest;
}

// Sends and receives until all is sent and answered or given up. Returns when the sending ended.
static uint64_t ask(const struct transport *transport, uint64_t wanted) {
  uint64_t end = started + options.milliseconds * MILLISECOND, sending_ended = 0;
  // What is due and finds no room is still sent while its reply could come in time.
  uint64_t latest = options.rate ? end + TIMEOUT : end;
  for (;;) {
    uint64_t now = clock_now(), until;
    lose_late(now);
    if (!sending_ended && (tally.sent >= wanted || now >= latest)) sending_ended = now;
    if (told_to_stop || (sending_ended && tally.in_flight == 0)) return sending_ended ? sending_ended : now;
    until = first_deadline();
    if (!sending_ended) {
      uint64_t soonest = send_all_due(transport, now, wanted, latest);
      if (soonest < until) until = soonest;
    }
    wait_for_events(transport, until);
  }
}

static void stop_asking(int signal_number) {
  (void)signal_number;
  told_to_stop = 1;
}

static void prepare_process(void) {
  struct sigaction on_stop = {.sa_handler = stop_asking};
  struct rlimit files;
  sigaction(SIGTERM, &on_stop, NULL);
  sigaction(SIGINT, &on_stop, NULL);
  alarm(options.milliseconds / 1000 + 2 * TIMEOUT_MS / 1000 + 10);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  // The kernel would otherwise wake it up to 50 µs late, for the sake of power.
  prctl(PR_SET_TIMERSLACK, 1);
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  poll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (poll_fd < 0) fail("epoll");
}

int main(int argc, char **argv) {
  for (int i = 0; i < OPTION_COUNT; i++) *OPTIONS[i].value = OPTIONS[i].usual;
  for (int i = 1; i < argc; i++) read_option(argv[i]);
  if (options.port == 0 || !options.file) refuse("port and file are needed");
  if (options.addresses * options.stride > MOST_ADDRESSES) refuse("addresses by stride leave 127.0.0.0/9");
  read_questions(options.file);
  prepare_process();
  open_histograms();
  const struct transport *transport = options.tcp ? &streams : &datagrams;
  transport->open();
  started = clock_now();
  uint64_t wanted = options.rate ? (uint64_t)options.rate * options.milliseconds / 1000 : UINT64_MAX;
  uint64_t ended = ask(transport, wanted);
  print_report(ended, options.rate && !told_to_stop ? wanted - tally.sent : 0);
  return 0;
}
