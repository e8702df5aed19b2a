import Glibc
import Synchronization
import SystemPackage

/// Watches folders and hands out each file in them when it is complete.
///
/// One thread does all of it: it owns libinotifytools, looks, scans and keeps the tracker. There is one watcher in a
/// process at a time. From `start` on the process ignores SIGIO, which the kernel sends to whoever holds a lease.
public final class FolderWatcher: Sendable {
    private let mailbox: Mailbox
    private let observer: any IntakeObserver
    private let intervals: WatchIntervals

    /// How deep folders are entered, the watched one being 0.
    public static let depthLimit = 128

    public init(observer: any IntakeObserver, intervals: WatchIntervals = WatchIntervals()) throws(IntakeError) {
        self.observer = observer
        self.intervals = intervals
        mailbox = try Mailbox()
    }

    /// Starts the thread; news comes to the observer until `stop` returns.
    public func start(roots: [WatchedRoot]) throws(IntakeError) {
        signal(SIGIO, SIG_IGN)
        mailbox.post(.setRoots(roots))
        let start = ThreadStart(mailbox: mailbox, observer: observer, intervals: intervals)
        var thread = pthread_t()
        let result = pthread_create(
            &thread, nil,
            { context in
                let start = Unmanaged<ThreadStart>.fromOpaque(context!).takeRetainedValue()
                start.run()
                return nil
            }, Unmanaged.passRetained(start).toOpaque())
        guard result == 0 else { throw .cannotStartThread(Errno(rawValue: result)) }
        pthread_detach(thread)
        if let error = start.waitUntilWatching() { throw error }
    }

    /// Takes over new roots: those whose number and definition's path stay keep what is known about their files.
    public func setRoots(_ roots: [WatchedRoot]) {
        mailbox.post(.setRoots(roots))
    }

    /// Gives back a file that was handed out as ready.
    public func finish(_ key: FileKey, _ outcome: SettleTracker.Outcome) {
        mailbox.post(.finished(key, outcome))
    }

    /// Scans a root from top to bottom.
    public func rescan(_ root: RootID) {
        mailbox.post(.rescan(root))
    }

    /// Compares every root's path with the folder that is watched, ahead of the next check.
    public func checkRoots() {
        mailbox.post(.checkRoots)
    }

    /// Ends the thread and waits for it; the observer hears nothing afterwards.
    public func stop() {
        mailbox.post(.stop)
        mailbox.waitUntilEnded()
    }
}

/// What the thread is started with.
private final class ThreadStart: Sendable {
    private let mailbox: Mailbox
    private let observer: any IntakeObserver
    private let intervals: WatchIntervals
    private let outcome = Handover<IntakeError?>()

    init(mailbox: Mailbox, observer: any IntakeObserver, intervals: WatchIntervals) {
        self.mailbox = mailbox
        self.observer = observer
        self.intervals = intervals
    }

    func run() {
        defer { mailbox.ended() }
        do throws(IntakeError) {
            let loop = IntakeLoop(
                connection: try InotifyConnection(), mailbox: mailbox, observer: observer, intervals: intervals)
            outcome.give(nil)
            loop.run()
        } catch {
            if case .cannotWatch(_, let limit?) = error {
                // Without a queue of events everything is polled.
                let loop = IntakeLoop(
                    connection: nil, limit: limit, mailbox: mailbox, observer: observer, intervals: intervals)
                outcome.give(nil)
                loop.run()
            } else {
                outcome.give(error)
            }
        }
    }

    func waitUntilWatching() -> IntakeError? { outcome.take() }
}
