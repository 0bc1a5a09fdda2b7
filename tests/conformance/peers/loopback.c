/* Keeps a program that binds every address on 127.0.0.1, by LD_PRELOAD, and leads its connections
   to port LOOPBACK_FROM, if that is set, to port LOOPBACK_TO. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

typedef int call(int, const struct sockaddr *, socklen_t);

static int ported(const char *name) {
  const char *value = getenv(name);
  return value ? atoi(value) : 0;
}

int bind(int fd, const struct sockaddr *address, socklen_t length) {
  call *real = (call *)dlsym(RTLD_NEXT, "bind");
  if (address->sa_family != AF_INET) return real(fd, address, length);
  struct sockaddr_in local = *(const struct sockaddr_in *)address;
  local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return real(fd, (struct sockaddr *)&local, sizeof local);
}

int connect(int fd, const struct sockaddr *address, socklen_t length) {
  call *real = (call *)dlsym(RTLD_NEXT, "connect");
  if (address->sa_family != AF_INET) return real(fd, address, length);
  struct sockaddr_in other = *(const struct sockaddr_in *)address;
  if (ntohs(other.sin_port) == ported("LOOPBACK_FROM")) other.sin_port = htons(ported("LOOPBACK_TO"));
  return real(fd, (struct sockaddr *)&other, sizeof other);
}
