import Glibc
import SystemPackage

/// Whether the process that a temporary file belongs to may still be at work.
struct OwnerLife {
    /// In seconds: since 1970, and of that since the machine's boot.
    struct Moment {
        var time: Int64
        var uptime: Int64

        static var now: Moment {
            var time = timespec()
            var uptime = timespec()
            clock_gettime(CLOCK_REALTIME, &time)
            clock_gettime(CLOCK_BOOTTIME, &uptime)
            return Moment(time: Int64(time.tv_sec), uptime: Int64(uptime.tv_sec))
        }
    }

    /// For processes about which nothing is known: how long ago the last write must be.
    let foreignAge: Duration
    var this = TemporaryName.Owner.thisProcess
    /// When a process of this machine started; nil when there is none of that number.
    var startTime: (_ pid: Int32) -> UInt64? = Self.startTime

    func mayStillWrite(_ owner: TemporaryName.Owner, lastWrite: Int64, now: Moment) -> Bool {
        if owner.host == this.host, owner.boot != this.boot, lastWrite < now.time - now.uptime {
            // Of this machine, before it was booted. The time is asked for too, because a copy of the machine, with
            // the same name and identity, may be running elsewhere.
            return false
        }
        if owner.host == this.host, owner.boot == this.boot, owner.namespace == this.namespace {
            guard let start = startTime(owner.pid) else { return false }
            return start == owner.start || start == 0 || owner.start == 0
        }
        return lastWrite > now.time - foreignAge.components.seconds
    }

    /// 0 when the process exists but `/proc` does not show it.
    private static func startTime(_ pid: Int32) -> UInt64? {
        if let start = TemporaryName.Owner.startTime(of: pid) { return start }
        return kill(pid, 0) == 0 || errno == EPERM ? 0 : nil
    }
}
