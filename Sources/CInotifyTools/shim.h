#include <inotifytools/inotify.h>
#include <inotifytools/inotifytools.h>
// Tells local from network file systems; not in Swift's module of the C library.
#include <sys/statfs.h>
// Wakes the thread that sleeps until the next event; likewise.
#include <sys/eventfd.h>
