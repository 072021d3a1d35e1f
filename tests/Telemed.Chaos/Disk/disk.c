// The disk as a program under test sees it: a library to preload. For the files of one folder it can refuse to grow them (ENOSPC), kill
// the process at the n-th write or sync, and write down every change and every completed sync, from which the image that a power cut would have left is rebuilt.
// It also moves the wall clock. Told what to do through a mapped control file, so that it can change while the process runs.
//   CHAOS_DISK     the folder, absolute
//   CHAOS_CONTROL  the control file (struct control)
//   CHAOS_JOURNAL  where changes are written down; none: they are not
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct control {
    int64_t clock_offset_ms;  // added to the wall clock
    int64_t full;             // not 0: nothing may grow
    int64_t ignore_syncs;     // not 0: a sync says that it has worked and has not
    int64_t kill_at_write;    // counts down; the one that brings it to 0 is torn in the middle and the process dies
    int64_t kill_at_sync;     // counts down; the process dies before the sync
    int64_t kill_after_sync;  // counts down; the process dies after the sync and before the program knows
};

enum { FILES = 65536, CREATE = 1, WRITE, TRUNCATE, SYNC, SYNC_FOLDER, UNLINK, RENAME, LINK };

static struct control none;
static volatile struct control *control = &none;
static char folder[4096];
static size_t folder_length;
static int journal = -1;
static char *names[FILES];  // of the open files of the folder, relative to it
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static int (*real_open)(const char *, int, ...);
static int (*real_openat)(int, const char *, int, ...);
static int (*real_close)(int);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_pwritev)(int, const struct iovec *, int, off_t);
static int (*real_ftruncate)(int, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_unlink)(const char *);
static int (*real_rename)(const char *, const char *);
static int (*real_link)(const char *, const char *);
static int (*real_clock_gettime)(clockid_t, struct timespec *);

static void __attribute__((constructor)) begin(void) {
    if (real_clock_gettime) return;
    real_open = dlsym(RTLD_NEXT, "open");
    real_openat = dlsym(RTLD_NEXT, "openat");
    real_close = dlsym(RTLD_NEXT, "close");
    real_write = dlsym(RTLD_NEXT, "write");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite");
    real_pwritev = dlsym(RTLD_NEXT, "pwritev");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_unlink = dlsym(RTLD_NEXT, "unlink");
    real_rename = dlsym(RTLD_NEXT, "rename");
    real_link = dlsym(RTLD_NEXT, "link");
    real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    const char *name = getenv("CHAOS_CONTROL");
    int file = name ? real_open(name, O_RDWR | O_CLOEXEC) : -1;
    if (file >= 0) {
        void *mapped = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        if (mapped != MAP_FAILED) control = mapped;
        real_close(file);
    }
    if ((name = getenv("CHAOS_JOURNAL"))) journal = real_open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if ((name = getenv("CHAOS_DISK"))) {
        snprintf(folder, sizeof folder, "%s/", name);
        folder_length = strlen(folder);
    }
}

static void die(void) { syscall(SYS_kill, getpid(), SIGKILL); }

// Counts one of the control's countdowns; true at its end.
static int is_due(volatile int64_t *countdown) {
    return *countdown > 0 && __atomic_sub_fetch(countdown, 1, __ATOMIC_SEQ_CST) == 0;
}

// The name inside the folder, "" for the folder itself; NULL when it lies elsewhere or is only shared memory, which no power cut leaves.
static const char *inside(const char *path) {
    if (!folder_length || !path) return NULL;
    if (strncmp(path, folder, folder_length - 1) != 0) return NULL;
    if (path[folder_length - 1] == 0) return "";
    if (path[folder_length - 1] != '/') return NULL;
    size_t length = strlen(path);
    return length > 4 && strcmp(path + length - 4, "-shm") == 0 ? NULL : path + folder_length;
}

static const char *name_of(int file) { return file >= 0 && file < FILES ? names[file] : NULL; }

// One record: kind, length of the first name, length of the octets, offset; the name; the octets. One write, so that it is there or not.
static void note(uint32_t kind, const char *name, int64_t offset, const void *octets, size_t length) {
    if (journal < 0) return;
    struct { uint32_t kind, name; int64_t length, offset; } head = {kind, strlen(name), length, offset};
    struct iovec parts[] = {{&head, sizeof head}, {(void *)name, head.name}, {(void *)octets, length}};
    while (writev(journal, parts, 3) < 0 && errno == EINTR) {
    }
}

static int keep(int file, const char *path, int existed) {
    const char *name = inside(path);
    if (file >= 0 && file < FILES) {
        free(names[file]);
        names[file] = name ? strdup(name) : NULL;
        if (name && *name && !existed) note(CREATE, name, 0, NULL, 0);
    }
    return file;
}

static int open_at(int at, const char *path, int flags, mode_t mode) {
    begin();  // another library's constructor may come before ours
    if (!inside(path)) {
        int file = real_openat(at, path, flags, mode);
        return keep(file, NULL, 1);
    }
    pthread_mutex_lock(&gate);
    struct stat status;
    int existed = stat(path, &status) == 0;
    int file = real_openat(at, path, flags, mode);
    keep(file, path, existed);
    if (file >= 0 && existed && (flags & O_TRUNC) && names[file]) note(TRUNCATE, names[file], 0, NULL, 0);
    int error = errno;
    pthread_mutex_unlock(&gate);
    errno = error;
    return file;
}

#define OPEN(at, path) \
    mode_t mode = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); } \
    return open_at(at, path, flags, mode)

int open(const char *path, int flags, ...) { OPEN(AT_FDCWD, path); }
int open64(const char *path, int flags, ...) { OPEN(AT_FDCWD, path); }
int openat(int at, const char *path, int flags, ...) { OPEN(at, path); }
int openat64(int at, const char *path, int flags, ...) { OPEN(at, path); }

int close(int file) {
    if (name_of(file)) {
        pthread_mutex_lock(&gate);
        free(names[file]);
        names[file] = NULL;
        pthread_mutex_unlock(&gate);
    }
    begin();
    return real_close(file);
}

static int refuses(int file, off_t end) {
    struct stat status;
    return control->full && fstat(file, &status) == 0 && end > status.st_size;
}

ssize_t pwrite(int file, const void *octets, size_t length, off_t offset) {
    const char *name = name_of(file);
    if (!name) return real_pwrite(file, octets, length, offset);
    pthread_mutex_lock(&gate);
    ssize_t written = -1;
    int error = ENOSPC;
    if (!refuses(file, offset + (off_t)length)) {
        if (is_due(&control->kill_at_write)) {
            written = real_pwrite(file, octets, length / 2, offset);
            note(WRITE, name, offset, octets, length / 2);
            die();
        }
        written = real_pwrite(file, octets, length, offset);
        error = errno;
        if (written > 0) note(WRITE, name, offset, octets, written);
    }
    pthread_mutex_unlock(&gate);
    errno = error;
    return written;
}

ssize_t pwrite64(int file, const void *octets, size_t length, off_t offset) { return pwrite(file, octets, length, offset); }

ssize_t write(int file, const void *octets, size_t length) {
    begin();
    return name_of(file) ? pwrite(file, octets, length, lseek(file, 0, SEEK_CUR)) >= 0 ? (lseek(file, length, SEEK_CUR), (ssize_t)length) : -1
                         : real_write(file, octets, length);
}

ssize_t pwritev(int file, const struct iovec *parts, int count, off_t offset) {
    if (!name_of(file)) return real_pwritev(file, parts, count, offset);
    ssize_t sum = 0;
    for (int i = 0; i < count; i++) {
        ssize_t written = pwrite(file, parts[i].iov_base, parts[i].iov_len, offset + sum);
        if (written < 0) return sum > 0 ? sum : -1;
        sum += written;
    }
    return sum;
}

ssize_t pwritev64(int file, const struct iovec *parts, int count, off_t offset) { return pwritev(file, parts, count, offset); }

int ftruncate(int file, off_t size) {
    const char *name = name_of(file);
    if (!name) return real_ftruncate(file, size);
    pthread_mutex_lock(&gate);
    int result = -1, error = ENOSPC;
    if (!refuses(file, size)) {
        result = real_ftruncate(file, size);
        error = errno;
        if (result == 0) note(TRUNCATE, name, size, NULL, 0);
    }
    pthread_mutex_unlock(&gate);
    errno = error;
    return result;
}

int ftruncate64(int file, off_t size) { return ftruncate(file, size); }

// What had been written when the sync began is on the disk when it has ended: the gate makes "begun" one point among the writes, and is held
// until the end, which only makes other threads wait.
static int sync_with(int (*real)(int), int file) {
    const char *name = name_of(file);
    if (!name) return real(file);
    pthread_mutex_lock(&gate);
    if (is_due(&control->kill_at_sync)) die();
    int result = 0;
    if (!control->ignore_syncs) {
        result = real(file);
        if (result == 0) note(*name ? SYNC : SYNC_FOLDER, name, 0, NULL, 0);
    }
    if (is_due(&control->kill_after_sync)) die();
    pthread_mutex_unlock(&gate);
    return result;
}

int fsync(int file) { return sync_with(real_fsync, file); }
int fdatasync(int file) { return sync_with(real_fdatasync, file); }

int unlink(const char *path) {
    const char *name = inside(path);
    if (!name) return real_unlink(path);
    pthread_mutex_lock(&gate);
    int result = real_unlink(path);
    int error = errno;
    if (result == 0) note(UNLINK, name, 0, NULL, 0);
    pthread_mutex_unlock(&gate);
    errno = error;
    return result;
}

static int two(int (*real)(const char *, const char *), uint32_t kind, const char *from, const char *to) {
    const char *old = inside(from), *new = inside(to);
    if (!old || !new) return real(from, to);
    pthread_mutex_lock(&gate);
    int result = real(from, to);
    int error = errno;
    if (result == 0) note(kind, old, 0, new, strlen(new));
    pthread_mutex_unlock(&gate);
    errno = error;
    return result;
}

int rename(const char *from, const char *to) { return two(real_rename, RENAME, from, to); }
int link(const char *from, const char *to) { return two(real_link, LINK, from, to); }

int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = real_clock_gettime ? real_clock_gettime(clock, time) : (int)syscall(SYS_clock_gettime, clock, time);
    int64_t offset = control->clock_offset_ms;
    if (offset && result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        time->tv_sec += offset / 1000;
        time->tv_nsec += offset % 1000 * 1000000;
        if (time->tv_nsec < 0) time->tv_sec--, time->tv_nsec += 1000000000;
        if (time->tv_nsec >= 1000000000) time->tv_sec++, time->tv_nsec -= 1000000000;
    }
    return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    struct timespec now;
    (void)zone;
    int result = clock_gettime(CLOCK_REALTIME, &now);
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return result;
}

time_t time(time_t *where) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (where) *where = now.tv_sec;
    return now.tv_sec;
}
