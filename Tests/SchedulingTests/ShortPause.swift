import Glibc

/// Gives other threads a moment.
func usleepForTests() { usleep(50) }
