// The floor: a UDP responder that flips two bits and echoes the query, the least any DNS server can cost here.
//
// It reads and answers in batches of 64 (recvmmsg, sendmmsg) behind epoll, one SO_REUSEPORT socket per thread.
// What it burns per query is what the kernel asks for moving one datagram in and one out.
// Usage: floor PORT [THREADS=1] [SECONDS=600]; it ends by itself after SECONDS.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH = 64, DATAGRAM = 4096, HEADER = 12, MAX_THREADS = 64, SOCKET_BUFFER = 4 << 20 };

struct batch {
  struct mmsghdr in[BATCH], out[BATCH];
  struct iovec in_part[BATCH], out_part[BATCH];
  struct sockaddr_in client[BATCH];
  unsigned char bytes[BATCH][DATAGRAM];
};

static int port;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void end_of_life(int signal_number) {
  (void)signal_number;
  _exit(0);
}

static int open_socket(void) {
  int one = 1, size = SOCKET_BUFFER;
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  if (fd < 0) fail("socket");
  if (setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one) < 0) fail("SO_REUSEPORT");
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(port)};
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(fd, (struct sockaddr *)&here, sizeof here) < 0) fail("bind");
  return fd;
}

static void prepare(struct batch *b) {
  for (int i = 0; i < BATCH; i++) {
    b->in_part[i] = (struct iovec){.iov_base = b->bytes[i], .iov_len = DATAGRAM};
    b->in[i].msg_hdr.msg_iov = &b->in_part[i];
    b->in[i].msg_hdr.msg_iovlen = 1;
    b->in[i].msg_hdr.msg_name = &b->client[i];
    b->out[i].msg_hdr.msg_iov = &b->out_part[i];
    b->out[i].msg_hdr.msg_iovlen = 1;
    b->out[i].msg_hdr.msg_namelen = sizeof b->client[i];
  }
}

// Turns the queries of one batch into replies in place; anything shorter than a header or with QR set gets silence.
static int answer(struct batch *b, int received) {
  int replies = 0;
  for (int i = 0; i < received; i++) {
    unsigned char *message = b->bytes[i];
    if (b->in[i].msg_len < HEADER || (message[2] & 0x80)) continue;
    message[2] |= 0x80;
    message[3] = (message[3] & 0x70) | 0x80;
    b->out_part[replies] = (struct iovec){.iov_base = message, .iov_len = b->in[i].msg_len};
    b->out[replies].msg_hdr.msg_name = &b->client[i];
    replies++;
  }
  return replies;
}

static void *serve(void *unused) {
  (void)unused;
  struct batch *b = calloc(1, sizeof *b);
  int fd = open_socket(), poll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN};
  if (!b || poll < 0 || epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event) < 0) fail("epoll");
  prepare(b);
  for (;;) {
    if (epoll_wait(poll, &event, 1, -1) < 0 && errno != EINTR) fail("epoll_wait");
    for (int i = 0; i < BATCH; i++) b->in[i].msg_hdr.msg_namelen = sizeof b->client[i];
    int received = recvmmsg(fd, b->in, BATCH, MSG_DONTWAIT, NULL);
    if (received <= 0) continue;
    int replies = answer(b, received);
    for (int sent = 0; sent < replies;) {
      int n = sendmmsg(fd, b->out + sent, replies - sent, 0);
      // A refused datagram is skipped, not retried: one client that went away must not hold up the rest.
      sent += n > 0 ? n : 1;
    }
  }
  return NULL;
}

int main(int argc, char **argv) {
  port = argc > 1 ? atoi(argv[1]) : 0;
  int threads = argc > 2 ? atoi(argv[2]) : 1;
  int seconds = argc > 3 ? atoi(argv[3]) : 600;
  if (port < 1 || port > 65535 || threads < 1 || threads > MAX_THREADS || seconds < 1) {
    fprintf(stderr, "usage: floor PORT [THREADS=1..%d] [SECONDS=600]\n", MAX_THREADS);
    return 2;
  }
  signal(SIGALRM, end_of_life);
  signal(SIGTERM, end_of_life);
  alarm(seconds);
  for (int i = 1; i < threads; i++) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, serve, NULL) != 0) fail("pthread_create");
  }
  serve(NULL);
}
