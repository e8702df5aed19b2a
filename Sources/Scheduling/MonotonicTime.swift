import Glibc

/// A moment on the clock that neither jumps nor counts while the machine sleeps, in nanoseconds.
struct MonotonicTime: Comparable, Sendable {
    var nanoseconds: Int64

    static var now: MonotonicTime {
        var time = Glibc.timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// The moment `duration` after this one; a duration beyond the clock's range means its end.
    func advanced(by duration: Duration) -> MonotonicTime {
        let (seconds, attoseconds) = duration.components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (offset, carried) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        let (sum, beyond) = nanoseconds.addingReportingOverflow(offset)
        if overflow || carried || beyond {
            return MonotonicTime(nanoseconds: seconds < 0 ? .min : .max)
        }
        return MonotonicTime(nanoseconds: sum)
    }

    var timespec: Glibc.timespec {
        let clamped = max(nanoseconds, 0)
        return Glibc.timespec(tv_sec: Int(clamped / 1_000_000_000), tv_nsec: Int(clamped % 1_000_000_000))
    }

    static func < (left: MonotonicTime, right: MonotonicTime) -> Bool { left.nanoseconds < right.nanoseconds }
}
