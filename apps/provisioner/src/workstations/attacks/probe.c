/*
 * Tries, from inside a workstation, what a way out would need, and prints one line for each: "<name> possible" or
 * "<name> refused <errno>". Compiled and run in the workstation by isolation.docker.test.ts, as root and as the agent.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char *name, long result) {
  if (result >= 0) printf("%s possible\n", name);
  else printf("%s refused %d\n", name, errno);
  fflush(stdout);
}

static void try_socket(const char *name, int family, int type, int protocol) {
  int fd = socket(family, type, protocol);
  say(name, fd);
  if (fd >= 0) close(fd);
}

/* In a child: a filter may kill instead of refusing, and a new namespace must not become ours. */
static void in_child(const char *name, long (*act)(void)) {
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    errno = 0;
    long result = act();
    say(name, result);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) printf("%s refused signal-%d\n", name, WTERMSIG(status));
  fflush(stdout);
}

#ifdef __x86_64__
/* A 64-bit program may call the kernel as a 32-bit one, where socket() hides behind a pointer that no filter can read. */
static long int80(long number, long first, long second, long third) {
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(first), "c"(second), "d"(third) : "memory", "r8", "r9", "r10", "r11");
  if (result < 0 && result > -4096) { errno = (int)-result; return -1; }
  return result;
}
static long socketcall_vsock(void) {
  unsigned *arguments = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  arguments[0] = 40; arguments[1] = SOCK_STREAM; arguments[2] = 0;
  return int80(102, 1, (long)arguments, 0);
}
static long socket32_vsock(void) { return int80(359, 40, SOCK_STREAM, 0); }
static long socket_x32_vsock(void) { return syscall(0x40000000 + SYS_socket, 40, SOCK_STREAM, 0); }
static long do_iopl(void) { return syscall(SYS_iopl, 3); }
#endif

static long do_io_uring(void) { char parameters[256]; memset(parameters, 0, sizeof parameters); return syscall(425, 4, parameters); }
static long do_unshare_user(void) { return unshare(CLONE_NEWUSER); }
static long do_unshare_net(void) { return unshare(CLONE_NEWNET); }
static long do_unshare_mount(void) { return unshare(CLONE_NEWNS); }
static long do_clone_user(void) { return syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0); }
static long do_clone3_user(void) { unsigned long long args[8] = {CLONE_NEWUSER, 0, 0, 0, SIGCHLD, 0, 0, 0}; return syscall(435, args, sizeof args); }
static long do_setns(void) { int fd = open("/proc/1/ns/net", O_RDONLY); if (fd < 0) return -1; return setns(fd, 0); }
static long do_mount_tmpfs(void) { return mount("none", "/mnt", "tmpfs", 0, ""); }
static long do_remount_gate(void) { return mount("none", "/run/nightgate/gate", NULL, MS_REMOUNT | MS_BIND, ""); }
static long do_remount_proc_sys(void) { return mount("none", "/proc/sys", NULL, MS_REMOUNT | MS_BIND, ""); }
static long do_umount(void) { return umount2("/run/nightgate/gate", MNT_DETACH); }
static long do_fsopen(void) { return syscall(430, "tmpfs", 0); }
static long do_open_tree(void) { return syscall(428, AT_FDCWD, "/", 1); }
static long do_pivot_root(void) { return syscall(SYS_pivot_root, "/", "/"); }
static long do_chroot(void) { return chroot("/tmp"); }
static long do_mknod_disk(void) { return mknod("/tmp/disk", S_IFBLK | 0600, makedev(254, 0)); }
static long do_mknod_mem(void) { return mknod("/tmp/mem", S_IFCHR | 0600, makedev(1, 1)); }
static long do_add_key(void) { return syscall(SYS_add_key, "user", "x", "y", 1, -3); }
static long do_keyctl(void) { return syscall(SYS_keyctl, 0, -3, 0); }
static long do_bpf(void) { char attributes[128] = {0}; return syscall(SYS_bpf, 0, attributes, sizeof attributes); }
static long do_perf(void) { char attributes[128] = {0}; return syscall(SYS_perf_event_open, attributes, 0, -1, -1, 0); }
static long do_userfaultfd(void) { return syscall(SYS_userfaultfd, 0); }
static long do_init_module(void) { return syscall(SYS_init_module, "", 0, ""); }
static long do_kexec(void) { return syscall(SYS_kexec_load, 0, 0, 0, 0); }
static long do_reboot(void) { return syscall(SYS_reboot, 0xfee1dead, 672274793, 0, 0); }
static long do_swapon(void) { return syscall(SYS_swapon, "/tmp/x", 0); }
static long do_syslog(void) { char text[64]; return syscall(SYS_syslog, 3, text, sizeof text); }
static long do_sethostname(void) { return sethostname("other", 5); }
static long do_open_by_handle(void) { char handle[64] = {0}; return syscall(SYS_open_by_handle_at, AT_FDCWD, handle, O_RDONLY); }
static long do_ptrace_init(void) { return ptrace(PTRACE_ATTACH, 1, NULL, NULL); }
static long do_settime(void) { struct timespec then = {1, 0}; return syscall(SYS_clock_settime, 0, &then); }
static long do_connect_abstract(void) {
  /* The name is the host's: see the test. */
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const char *name = getenv("ABSTRACT_NAME");
  if (name == NULL) return 0;
  memcpy(address.sun_path + 1, name, strlen(name));
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  return connect(fd, (struct sockaddr *)&address, (socklen_t)(sizeof(sa_family_t) + 1 + strlen(name)));
}

static void sockets(void) {
  /* What must work: without these the refusals below would prove nothing. */
  try_socket("control-unix", AF_UNIX, SOCK_STREAM, 0);
  try_socket("control-inet", AF_INET, SOCK_STREAM, 0);
  try_socket("control-inet6", AF_INET6, SOCK_DGRAM, 0);
  try_socket("control-netlink-route", AF_NETLINK, SOCK_RAW, 0);
  try_socket("socket-vsock-stream", 40, SOCK_STREAM, 0);
  try_socket("socket-vsock-datagram", 40, SOCK_DGRAM, 0);
  try_socket("socket-packet", AF_PACKET, SOCK_RAW, 0x0300);
  try_socket("socket-raw-ip", AF_INET, SOCK_RAW, 1);
  try_socket("socket-alg", AF_ALG, SOCK_SEQPACKET, 0);
  try_socket("socket-key", 15, SOCK_RAW, 2);
  try_socket("socket-can", 29, SOCK_RAW, 1);
  try_socket("socket-tipc", 30, SOCK_SEQPACKET, 0);
  try_socket("socket-bluetooth", 31, SOCK_RAW, 1);
  try_socket("socket-kcm", 41, SOCK_DGRAM, 0);
  try_socket("socket-qipcrtr", 42, SOCK_DGRAM, 0);
  try_socket("socket-smc", 43, SOCK_STREAM, 0);
  try_socket("socket-xdp", 44, SOCK_RAW, 0);
  try_socket("netlink-sock-diag", AF_NETLINK, SOCK_RAW, 4);
  try_socket("netlink-audit", AF_NETLINK, SOCK_RAW, 9);
  try_socket("netlink-netfilter", AF_NETLINK, SOCK_RAW, 12);
  try_socket("netlink-uevent", AF_NETLINK, SOCK_RAW, 15);
  try_socket("netlink-generic", AF_NETLINK, SOCK_RAW, 16);
  try_socket("netlink-crypto", AF_NETLINK, SOCK_RAW, 21);
  int pair[2];
  say("socketpair-tipc", socketpair(30, SOCK_SEQPACKET, 0, pair));
#ifdef __x86_64__
  in_child("int80-socketcall-vsock", socketcall_vsock);
  in_child("int80-socket-vsock", socket32_vsock);
  in_child("x32-socket-vsock", socket_x32_vsock);
  in_child("iopl", do_iopl);
#endif
  in_child("io-uring", do_io_uring);
  in_child("abstract-socket-of-the-host", do_connect_abstract);
}

int main(void) {
  sockets();
  in_child("unshare-user", do_unshare_user);
  in_child("unshare-net", do_unshare_net);
  in_child("unshare-mount", do_unshare_mount);
  in_child("clone-user", do_clone_user);
  in_child("clone3-user", do_clone3_user);
  in_child("setns", do_setns);
  in_child("mount-tmpfs", do_mount_tmpfs);
  in_child("remount-gate-writable", do_remount_gate);
  in_child("remount-proc-sys-writable", do_remount_proc_sys);
  in_child("umount-gate", do_umount);
  in_child("fsopen", do_fsopen);
  in_child("open-tree", do_open_tree);
  in_child("pivot-root", do_pivot_root);
  in_child("chroot", do_chroot);
  in_child("mknod-disk", do_mknod_disk);
  in_child("mknod-mem", do_mknod_mem);
  in_child("add-key", do_add_key);
  in_child("keyctl", do_keyctl);
  in_child("bpf", do_bpf);
  in_child("perf-event-open", do_perf);
  in_child("userfaultfd", do_userfaultfd);
  in_child("init-module", do_init_module);
  in_child("kexec", do_kexec);
  in_child("reboot", do_reboot);
  in_child("swapon", do_swapon);
  in_child("kernel-log", do_syslog);
  in_child("sethostname", do_sethostname);
  in_child("settime", do_settime);
  in_child("open-by-handle", do_open_by_handle);
  if (getuid() != 0) in_child("ptrace-init", do_ptrace_init);
  return 0;
}
